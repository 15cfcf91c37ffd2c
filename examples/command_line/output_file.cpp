#include <gradus/core/io/file.h>
#include <gradus/examples/command_line/output_file.h>
#include <gradus/examples/command_line/program.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
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

void check_outputs(const std::vector<std::pair<std::string, std::string>>& outputs) {
  std::map<std::filesystem::path, std::string> flags;  // by the file they name
  for (const auto& [flag, file] : outputs) {
    if (file.empty()) continue;
    check_writable(file);
    const std::filesystem::path target = std::filesystem::weakly_canonical(file);
    if (std::filesystem::exists(target) && !std::filesystem::is_regular_file(target)) continue;  // a device or pipe
    const auto& [named, added] = flags.emplace(target, flag);
    if (!added) throw UsageError(flag, "names the same file as " + named->second + ", and only one would be kept");
  }
}

}  // namespace gradus_examples
