// A file that a program was told to write bit by bit. (Whole ones: write_file of core/io/file.h.)
#pragma once

#include <gradus/examples/base.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gradus_examples {

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

// Pairs of a flag and the file it names, or an empty text: throws std::runtime_error for one that could not be written
// and UsageError if two are the same file.
void check_outputs(const std::vector<std::pair<std::string, std::string>>& outputs);

}  // namespace gradus_examples
