#include <gradus/examples/support/output_file.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <system_error>

namespace gradus::examples {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void fail(const std::string& path, const std::string& reason) {
  throw std::runtime_error(path + ": cannot write: " + reason);
}

// Where the last of a chain of symbolic links points, even if nothing is there yet.
fs::path follow_links(const std::string& path) {
  fs::path target = path;
  for (int link = 0; link < 40; ++link) {
    std::error_code error;
    const fs::path next = fs::read_symlink(target, error);
    if (error) return target;
    target = next.is_absolute() ? next : target.parent_path() / next;
  }
  fail(path, "too many symbolic links");
}

std::string folder_of(const fs::path& file) { return file.has_parent_path() ? file.parent_path().string() : "."; }

// Writes, syncs and closes; false leaves the reason in errno. Pipes cannot be synced, which is no failure.
bool write_and_close(std::FILE* file, std::string_view bytes) {
  bool good = std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
  good = good && std::fflush(file) == 0;
  good = good && (fsync(fileno(file)) == 0 || errno == EINVAL || errno == ENOTSUP);
  const int reason = errno;
  const bool closed = std::fclose(file) == 0;
  if (!good) errno = reason;
  return good && closed;
}

}  // namespace

void check_writable(const std::string& path) {
  if (path.empty()) fail("\"\"", "no file name");
  const fs::path target = follow_links(path);
  std::error_code error;
  const fs::file_status status = fs::status(target, error);
  if (fs::is_directory(status) || !target.has_filename()) fail(path, "it is a folder");
  if (!fs::exists(status)) {
    // Only trying tells whether the name is possible, the folder there and the disk not read-only.
    const int file = open(target.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0666);
    if (file < 0) fail(path, std::strerror(errno));
    close(file);
    unlink(target.c_str());
    return;
  }
  if (access(target.c_str(), W_OK) != 0) fail(path, std::strerror(errno));
  if (fs::is_regular_file(status) && access(folder_of(target).c_str(), W_OK | X_OK) != 0) {
    fail(path, "no file can be created beside it: " + std::string(std::strerror(errno)));
  }
}

void write_file(const std::string& path, std::string_view bytes) {
  const fs::path target = follow_links(path);
  std::error_code error;
  const fs::file_status status = fs::status(target, error);
  if (fs::is_directory(status)) fail(path, "it is a folder");

  if (fs::exists(status) && !fs::is_regular_file(status)) {  // a device or pipe: nothing to rename over
    std::FILE* file = std::fopen(target.c_str(), "wb");
    if (file == nullptr || !write_and_close(file, bytes)) fail(path, std::strerror(errno));
    return;
  }

  const std::string temporary = folder_of(target) + "/.gradus-" + std::to_string(getpid()) + ".tmp";
  std::FILE* file = std::fopen(temporary.c_str(), "wb");
  if (file == nullptr) fail(path, std::strerror(errno));
  if (!write_and_close(file, bytes)) {
    const std::string reason = std::strerror(errno);
    std::remove(temporary.c_str());
    fail(path, reason);
  }
  if (fs::exists(status)) fs::permissions(temporary, status.permissions(), error);
  fs::rename(temporary, target, error);
  if (error) {
    std::remove(temporary.c_str());
    fail(path, error.message());
  }
}

LineFile::LineFile(const std::string& path) : path_(path), file_(std::fopen(path.c_str(), "wb")) {
  if (file_ == nullptr) fail(path_, std::strerror(errno));
}

LineFile::~LineFile() { std::fclose(file_); }

void LineFile::write_line(std::string_view line) {
  const bool written = std::fwrite(line.data(), 1, line.size(), file_) == line.size() && std::fputc('\n', file_) != EOF;
  if (!written || std::fflush(file_) != 0) fail(path_, std::strerror(errno));
}

}  // namespace gradus::examples
