// Whole files: read with their size known beforehand, written so that none is ever left half-written.
//
// All errors are std::runtime_error, one line that begins with the file's name.
#pragma once

#include <gradus/core/base.h>

#include <iosfwd>
#include <string>
#include <string_view>

namespace gradus_base {

// A regular file, to be read from its start. (A pipe is refused: it could block, or never end.)
std::ifstream open_file(const std::string& path);
// All its bytes.
std::string read_file(const std::string& path);

// Throws if write_file(path, ...) would fail as things stand: the folder is missing, permission is denied, the path is
// a folder, the name is too long. An existing file stays as it is; a missing one stays missing.
void check_writable(const std::string& path);

// Writes the bytes to a temporary file in the same folder, synced, and renames it to `path`: whatever happens, a kill
// or a full disk, the file is the old one or the new one. The next write reuses a temporary file
// that a killed program left behind. Symbolic links are followed and permissions kept; a device or pipe (/dev/stdout)
// is written directly.
void write_file(const std::string& path, std::string_view bytes);

}  // namespace gradus_base
