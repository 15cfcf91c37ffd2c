#include <gradus/examples/command_line/output_file.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace gradus_examples {
namespace {

[[noreturn]] void fail_to_write(const std::string& path) {
  throw std::runtime_error(path + ": cannot write: " + std::strerror(errno));
}

}  // namespace

LineFile::LineFile(const std::string& path) : path_(path), file_(std::fopen(path.c_str(), "wb")) {
  if (file_ == nullptr) fail_to_write(path_);
}

LineFile::~LineFile() { std::fclose(file_); }

void LineFile::write_line(std::string_view line) {
  const bool written = std::fwrite(line.data(), 1, line.size(), file_) == line.size() && std::fputc('\n', file_) != EOF;
  if (!written || std::fflush(file_) != 0) fail_to_write(path_);
}

}  // namespace gradus_examples
