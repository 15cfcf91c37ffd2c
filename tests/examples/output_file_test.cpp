// Output files that are written as a whole, or line by line.
#include "error_of.h"

#include <gradus/core/io/file.h>
#include <gradus/examples/command_line/output_file.h>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

namespace gradus::examples {
namespace {

namespace fs = std::filesystem;

std::string contents(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

class OutputFile : public ::testing::Test {
 protected:
  OutputFile() {
    dir_ = fs::path(::testing::TempDir()) / ("gradus_output_" + std::to_string(getpid()));
    fs::remove_all(dir_);
    fs::create_directory(dir_);
  }
  ~OutputFile() override { fs::remove_all(dir_); }
  std::string path(const std::string& name) const { return (dir_ / name).string(); }
  std::ptrdiff_t files() const { return std::distance(fs::directory_iterator(dir_), fs::directory_iterator()); }
  fs::path dir_;
};

TEST_F(OutputFile, CheckingChangesNothing) {
  check_writable(path("new"));
  EXPECT_EQ(files(), 0);
  write_file(path("old"), "kept");
  check_writable(path("old"));
  EXPECT_EQ(contents(path("old")), "kept");
  EXPECT_EQ(files(), 1);
  check_writable("/dev/full");
}

TEST_F(OutputFile, CheckingFindsWhatWouldFail) {
  EXPECT_EQ(error_of<std::runtime_error>([&] { check_writable(path("no/file")); }),
            path("no/file") + ": cannot write: No such file or directory");
  EXPECT_EQ(error_of<std::runtime_error>([&] { check_writable(dir_.string()); }),
            dir_.string() + ": cannot write: it is a folder");
  EXPECT_EQ(error_of<std::runtime_error>([&] { check_writable(path("new/")); }),
            path("new/") + ": cannot write: it is a folder");
  EXPECT_EQ(error_of<std::runtime_error>([] { check_writable(""); }), "\"\": cannot write: no file name");
  const std::string name = path(std::string(256, 'x'));
  EXPECT_EQ(error_of<std::runtime_error>([&] { check_writable(name); }), name + ": cannot write: File name too long");
  fs::create_symlink("loop", path("loop"));
  EXPECT_EQ(error_of<std::runtime_error>([&] { check_writable(path("loop")); }),
            path("loop") + ": cannot write: too many symbolic links");
}

TEST_F(OutputFile, WritesAllBytesAndLeavesNothingBeside) {
  const std::string bytes("a\0b\n\xff", 5);
  write_file(path("file"), bytes);
  EXPECT_EQ(contents(path("file")), bytes);
  write_file(path("file"), "");
  EXPECT_EQ(contents(path("file")), "");
  EXPECT_EQ(files(), 1);
}

TEST_F(OutputFile, KeepsPermissionsAndFollowsLinks) {
  write_file(path("file"), "old");
  fs::permissions(path("file"), fs::perms::owner_read | fs::perms::owner_write);
  fs::create_symlink("file", path("link"));
  fs::create_symlink("later", path("dangling"));
  check_writable(path("link"));
  write_file(path("link"), "new");
  EXPECT_TRUE(fs::is_symlink(path("link")));
  EXPECT_EQ(contents(path("file")), "new");
  EXPECT_EQ(fs::status(path("file")).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  check_writable(path("dangling"));
  EXPECT_FALSE(fs::exists(path("later")));
  write_file(path("dangling"), "there");
  EXPECT_EQ(contents(path("later")), "there");
}

TEST_F(OutputFile, FullDiskIsAnErrorAndKeepsTheOldFile) {
  EXPECT_EQ(error_of<std::runtime_error>([] { write_file("/dev/full", "text"); }),
            "/dev/full: cannot write: No space left on device");
  EXPECT_TRUE(fs::is_character_file("/dev/full"));  // written, not renamed over

  write_file(path("file"), "old");
  // A file may now grow to 1000 bytes: the write fails halfway, as it would on a full disk.
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit little{1000, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &little), 0);
  const std::string error = error_of<std::runtime_error>([&] { write_file(path("file"), std::string(100000, 'x')); });
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(error, path("file") + ": cannot write: File too large");
  EXPECT_EQ(contents(path("file")), "old");
  EXPECT_EQ(files(), 1);
}

TEST_F(OutputFile, LinesArriveOneByOne) {
  LineFile file(path("metrics"));
  file.write_line("one");
  EXPECT_EQ(contents(path("metrics")), "one\n");
  file.write_line("two");
  EXPECT_EQ(contents(path("metrics")), "one\ntwo\n");
  LineFile full("/dev/full");
  EXPECT_EQ(error_of<std::runtime_error>([&] { full.write_line("one"); }),
            "/dev/full: cannot write: No space left on device");
  EXPECT_EQ(error_of<std::runtime_error>([&] { LineFile(path("no/file")); }),
            path("no/file") + ": cannot write: No such file or directory");
}

}  // namespace
}  // namespace gradus::examples
