#include <gradus/core/io/file.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace gradus_base {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail_to(const char* what, const std::string& path, const std::string& reason) {
  throw std::runtime_error(path + ": cannot " + what + ": " + reason);
}
[[noreturn]] void fail_to_read(const std::string& path, const std::string& reason) { fail_to("read", path, reason); }
[[noreturn]] void fail_to_write(const std::string& path, const std::string& reason) { fail_to("write", path, reason); }
std::string last_error() { return std::strerror(errno); }

// Where the last of a chain of symbolic links points, even if nothing is there yet.
fs::path follow_links(const std::string& path) {
  fs::path target = path;
  for (int link = 0; link < 40; ++link) {
    std::error_code error;
    const fs::path next = fs::read_symlink(target, error);
    if (error) return target;
    target = next.is_absolute() ? next : target.parent_path() / next;
  }
  fail_to_write(path, "too many symbolic links");
}

std::string folder_of(const fs::path& file) { return file.has_parent_path() ? file.parent_path().string() : "."; }

// Closes itself.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  operator int() const { return number_; }

 private:
  int number_;
};

// Writes and syncs; false leaves the reason in errno. Pipes cannot be synced, which is no failure.
bool write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return fsync(file) == 0 || errno == EINVAL || errno == ENOTSUP || errno == EROFS;
}

// Beside the target and named after it, so that what a kill left is used again.
std::string temporary_name(const fs::path& target) {
  return folder_of(target) + "/." + target.filename().string().substr(0, 240) + ".tmp";
}

// A lock keeps two writers of one target apart. Between opening and locking the other writer may have renamed the
// file: then it is the target already.
bool is_ours(int file, const std::string& temporary) {
  if (flock(file, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) return false;
  struct stat opened {
  }, named{};
  return fstat(file, &opened) == 0 && stat(temporary.c_str(), &named) == 0 && opened.st_ino == named.st_ino;
}

// Creates the temporary file, or takes over what a kill left of it.
int open_temporary(const std::string& path, const std::string& temporary) {
  const int file = open(temporary.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (file < 0) fail_to_write(path, last_error());
  if (is_ours(file, temporary)) return file;
  close(file);
  fail_to_write(path, "another program is writing it");
}

}  // namespace

std::ifstream open_file(const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) fail_to_read(path, error ? error.message() : "No such file or directory");
  if (fs::is_directory(status)) fail_to_read(path, "it is a folder");
  if (!fs::is_regular_file(status)) fail_to_read(path, "it is not a regular file");
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) fail_to_read(path, last_error());
  return file;
}

std::string read_file(const std::string& path) {
  std::ifstream file = open_file(path);
  std::error_code error;
  const std::uintmax_t size = fs::file_size(path, error);
  if (error) fail_to_read(path, error.message());
  std::string bytes;
  if (size > bytes.max_size()) fail_to_read(path, "it is larger than memory");
  bytes.resize(static_cast<std::size_t>(size));
  file.read(bytes.data(), static_cast<std::streamsize>(size));
  if (!file) fail_to_read(path, "it has fewer than its " + std::to_string(size) + " bytes");
  return bytes;
}

void check_writable(const std::string& path) {
  if (path.empty()) fail_to_write("\"\"", "no file name");
  const fs::path target = follow_links(path);
  std::error_code error;
  const fs::file_status status = fs::status(target, error);
  if (fs::is_directory(status) || !target.has_filename()) fail_to_write(path, "it is a folder");
  if (error.value() == ENAMETOOLONG) fail_to_write(path, error.message());
  if (fs::exists(status) && access(target.c_str(), W_OK) != 0) fail_to_write(path, last_error());
  if (fs::exists(status) && !fs::is_regular_file(status)) return;  // a device or pipe
  // Only trying tells whether the folder is there and the disk not read-only. The target itself is not tried: killed
  // between creating and removing it, the program would leave an empty file under a name that promises a whole one.
  const std::string temporary = temporary_name(target);
  const Descriptor file(open_temporary(path, temporary));
  unlink(temporary.c_str());
}

void write_file(const std::string& path, std::string_view bytes) {
  const fs::path target = follow_links(path);
  std::error_code error;
  const fs::file_status status = fs::status(target, error);
  if (fs::is_directory(status)) fail_to_write(path, "it is a folder");

  if (fs::exists(status) && !fs::is_regular_file(status)) {  // a device or pipe: nothing to rename over
    const Descriptor file(open(target.c_str(), O_WRONLY | O_CLOEXEC));
    if (file < 0 || !write_all(file, bytes)) fail_to_write(path, last_error());
    return;
  }

  const std::string temporary = temporary_name(target);
  const Descriptor file(open_temporary(path, temporary));
  if (ftruncate(file, 0) != 0 || !write_all(file, bytes)) {
    const std::string reason = last_error();
    unlink(temporary.c_str());
    fail_to_write(path, reason);
  }
  if (fs::exists(status)) fs::permissions(temporary, status.permissions(), error);
  if (std::rename(temporary.c_str(), target.c_str()) != 0) {
    const std::string reason = last_error();
    unlink(temporary.c_str());
    fail_to_write(path, reason);
  }
  // The new name outlasts a power cut once the folder is on disk; not every file system can be asked to.
  const Descriptor directory(open(folder_of(target).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory >= 0) fsync(directory);
}

}  // namespace gradus_base
