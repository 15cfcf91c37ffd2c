// Files that a program was told to write: found unwritable before the work begins, never left half written.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace gradus::examples {

// Throws std::runtime_error if write_file(path, ...) would fail as things stand: the folder is missing, permission is
// denied, the path is a folder, the name is too long. An existing file stays as it is; a missing one stays missing.
void check_writable(const std::string& path);

// Writes the bytes to a temporary file in the same folder, synced, and renames it to `path`: whatever happens, the
// file is the old one or the new one. Symbolic links are followed and permissions kept; a device or pipe
// (/dev/stdout) is written directly. Throws std::runtime_error naming the file, on a full disk too.
void write_file(const std::string& path, std::string_view bytes);

// A file that grows line by line and may be watched while it does (--metrics).
class LineFile {
 public:
  // Creates or empties the file. Throws std::runtime_error naming it.
  explicit LineFile(const std::string& path);
  ~LineFile();
  LineFile(const LineFile&) = delete;
  LineFile& operator=(const LineFile&) = delete;

  // Appends the line and a line break, and hands both to the system. Throws std::runtime_error naming the file.
  void write_line(std::string_view line);

 private:
  std::string path_;
  std::FILE* file_;
};

}  // namespace gradus::examples
