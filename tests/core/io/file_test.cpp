// Files that are read and written as a whole, and the checksum that finds damage in them.
#include "error_of.h"
#include "temporary_folder.h"

#include <gradus/core/io/checksum.h>
#include <gradus/core/io/file.h>
#include <gradus/core/io/safetensors.h>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/fsuid.h>
#include <sys/inotify.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstring>
#include <functional>

namespace gradus {
namespace {

using testing::TemporaryFolder;
namespace fs = std::filesystem;

std::string file_error(const std::function<void()>& action) { return error_of<std::runtime_error>(action); }

TEST(Files, ReadingNamesWhatIsWrong) {
  const TemporaryFolder folder;
  const std::string path = (folder / "f").string();
  EXPECT_EQ(file_error([&] { read_file(path); }), path + ": cannot read: No such file or directory");
  EXPECT_EQ(file_error([&] { load_safetensors(folder.string()); }), folder.string() + ": cannot read: it is a folder");
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(file_error([&] { read_file(path); }), path + ": cannot read: it is not a regular file");
}

TEST(Files, WritingReplacesAsAWholeAndLeavesNothingElse) {
  const TemporaryFolder folder;
  const std::string path = (folder / "f").string();
  write_file(path, "one");
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
  std::ofstream(folder / ".f.tmp") << "what a killed program left";
  write_file(path, "two");
  EXPECT_EQ(read_file(path), "two");
  EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.string()), fs::directory_iterator()), 1);

  fs::create_symlink("f", folder / "link");
  write_file((folder / "link").string(), "three");
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_EQ(read_file(path), "three");
  const std::string longest = (folder / std::string(255, 'x')).string();
  check_writable(longest);
  write_file(longest, "four");
  EXPECT_EQ(read_file(longest), "four");
}

// Killed at a moment when it did, a program would leave an empty file where it promises an old or a new one.
TEST(Files, CheckingNeverCreatesTheFile) {
  const TemporaryFolder folder;
  const int watch = inotify_init1(IN_NONBLOCK);
  ASSERT_GE(inotify_add_watch(watch, folder.string().c_str(), IN_CREATE), 0);
  check_writable((folder / "f").string());
  char events[4096];
  const ssize_t size = read(watch, events, sizeof events);
  close(watch);
  for (ssize_t i = 0; i < size;) {
    inotify_event event;
    std::memcpy(&event, events + i, sizeof event);
    EXPECT_STRNE(events + i + sizeof event, "f");
    i += static_cast<ssize_t>(sizeof event + event.len);
  }
  EXPECT_TRUE(fs::is_empty(folder.string()));
}

TEST(Files, TwoWritersOfOneFileAreKeptApart) {
  const TemporaryFolder folder;
  const std::string path = (folder / "f").string(), temporary = (folder / ".f.tmp").string();
  const int other = open(temporary.c_str(), O_WRONLY | O_CREAT, 0600);
  ASSERT_EQ(flock(other, LOCK_EX), 0);
  EXPECT_EQ(file_error([&] { write_file(path, "x"); }), path + ": cannot write: another program is writing it");
  EXPECT_EQ(file_error([&] { check_writable(path); }), path + ": cannot write: another program is writing it");
  close(other);
  write_file(path, "x");
  EXPECT_EQ(read_file(path), "x");
}

// A temporary file that another holds would be refused, were there one.
TEST(Files, WhereTheTemporaryFileIs) {
  const TemporaryFolder folder;
  const fs::path before = fs::current_path();
  fs::current_path(folder.string());
  const int other = open(".f.tmp", O_WRONLY | O_CREAT, 0600);
  flock(other, LOCK_EX);
  const std::string of_name_alone = file_error([] { write_file("f", "x"); });
  mkfifo("pipe", 0600);
  const int of_pipe = open(".pipe.tmp", O_WRONLY | O_CREAT, 0600);
  flock(of_pipe, LOCK_EX);
  const std::string of_no_file = file_error([] { check_writable("pipe"); });
  close(other);
  close(of_pipe);
  fs::current_path(before);
  EXPECT_EQ(of_name_alone, "f: cannot write: another program is writing it") << "beside the target";
  EXPECT_EQ(of_no_file, "no error") << "a pipe has none";
  EXPECT_EQ(file_error([] { write_file("/dev/null", "x"); }), "no error") << "nor can it be synced";
  const std::string none = (folder / "none/").string();
  EXPECT_EQ(file_error([&] { check_writable(none); }), none + ": cannot write: it is a folder");
}

TEST(Files, WhatCannotBeWrittenLeavesTheOldFile) {
  const TemporaryFolder folder;
  const std::string path = (folder / "f").string();
  write_file(path, "old");
  // A disk that is full after 4096 bytes, for this process alone.
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit tight = {4096, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &tight);
  const std::string error = file_error([&] { save_safetensors(path, {{"w", Tensor::zeros({10000})}}); });
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(error, path + ": cannot write: File too large");
  EXPECT_EQ(read_file(path), "old");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.string()), fs::directory_iterator()), 1);

  EXPECT_EQ(file_error([&] { write_file("/dev/full", "x"); }), "/dev/full: cannot write: No space left on device");
  EXPECT_EQ(file_error([&] { write_file((folder / "no/f").string(), "x"); }),
            (folder / "no/f").string() + ": cannot write: No such file or directory");
  EXPECT_EQ(file_error([&] { check_writable((folder / "no/f").string()); }),
            (folder / "no/f").string() + ": cannot write: No such file or directory");
  EXPECT_EQ(file_error([&] { write_file(folder.string(), "x"); }), folder.string() + ": cannot write: it is a folder");
  EXPECT_EQ(file_error([&] { check_writable(""); }), "\"\": cannot write: no file name");
  const std::string overlong = (folder / std::string(256, 'x')).string();
  EXPECT_EQ(file_error([&] { check_writable(overlong); }), overlong + ": cannot write: File name too long");
  fs::create_symlink("loop", folder / "loop");
  EXPECT_EQ(file_error([&] { write_file((folder / "loop").string(), "x"); }),
            (folder / "loop").string() + ": cannot write: too many symbolic links");
}

TEST(Files, AFolderThatMayNotBeWrittenLeavesTheOldFile) {
  const TemporaryFolder folder;
  const std::string path = (folder / "f").string();
  write_file(path, "old");
  fs::permissions(folder.string(), fs::perms::owner_read | fs::perms::owner_exec);
  const int user = setfsuid(static_cast<uid_t>(-1));
  if (user == 0) {  // who may do everything; for a moment the owner is an ordinary user
    ASSERT_EQ(chown(folder.string().c_str(), 65534, static_cast<gid_t>(-1)), 0);
    ASSERT_EQ(chown(path.c_str(), 65534, static_cast<gid_t>(-1)), 0);
    setfsuid(65534);
  }
  const std::string of_write = file_error([&] { write_file(path, "new"); });
  const std::string of_check = file_error([&] { check_writable(path); });
  const std::string content = read_file(path);
  setfsuid(static_cast<uid_t>(user));
  fs::permissions(folder.string(), fs::perms::owner_all);
  EXPECT_EQ(of_write, path + ": cannot write: Permission denied");
  EXPECT_EQ(of_check, of_write);
  EXPECT_EQ(content, "old");
}

// In a process of its own, which is an ordinary user's.
TEST(Files, AFileThatMayNotBeWrittenIsFoundBeforehand) {
  const TemporaryFolder folder;
  const std::string path = (folder / "f").string();
  write_file(path, "old");
  fs::permissions(path, fs::perms::owner_read);
  fs::permissions(folder.string(), fs::perms::all);
  const auto check = [&] {
    if (geteuid() == 0 && setuid(65534) != 0) _exit(1);
    std::fputs(file_error([&] { check_writable(path); }).c_str(), stderr);
    _exit(0);
  };
  EXPECT_EXIT(check(), ::testing::ExitedWithCode(0), "f: cannot write: Permission denied");
}

// In a folder where everyone may write, but rename only what is his own.
TEST(Files, WhatCannotBeRenamedLeavesNothing) {
  if (geteuid() != 0) GTEST_SKIP() << "needs the files of two users";
  const TemporaryFolder folder;
  const std::string path = (folder / "f").string();
  write_file(path, "old");
  fs::permissions(folder.string(), fs::perms::all | fs::perms::sticky_bit);
  setfsuid(65534);
  const std::string error = file_error([&] { write_file(path, "new"); });
  setfsuid(0);
  EXPECT_EQ(error, path + ": cannot write: Operation not permitted");
  EXPECT_EQ(read_file(path), "old");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.string()), fs::directory_iterator()), 1);
}

// Lets a child run until its system call number `calls` is about to begin or to return, and kills it there. Returns
// whether it ended before, or -1 if tracing is not allowed here.
int killed_at(int calls, const std::function<void()>& action) {
  const pid_t child = fork();
  if (child == 0) {
    if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(1);
    raise(SIGSTOP);
    action();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status)) return -1;
  for (int call = 0; call < calls; ++call) {
    ptrace(PTRACE_SYSCALL, child, nullptr, nullptr);
    waitpid(child, &status, 0);
    if (WIFEXITED(status)) return 0;
  }
  kill(child, SIGKILL);
  waitpid(child, &status, 0);
  return 1;
}

TEST(Files, KilledAtAnySystemCallItIsTheOldOrTheNewOne) {
  const TemporaryFolder folder;
  const std::string path = (folder / "f").string(), old = "old", now(100'000, 'n');
  int still_old = 0, already_new = 0, killed = 1;
  for (int calls = 1; killed == 1; ++calls) {
    write_file(path, old);  // over whatever the last kill left
    killed = killed_at(calls, [&] { write_file(path, now); });
    if (killed < 0) GTEST_SKIP() << "processes may not be traced here";
    const std::string content = read_file(path);
    if (content == now) {
      ++already_new;
    } else {
      EXPECT_EQ(content, old) << calls;
      EXPECT_EQ(already_new, 0) << calls;
      ++still_old;
    }
  }
  EXPECT_GE(still_old, 10);
  EXPECT_GE(already_new, 4);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.string()), fs::directory_iterator()), 1);
}

// A power cut right after the rename must not find an empty file behind the new name.
TEST(Files, TheBytesAreOnDiskBeforeTheyGetTheName) {
  const TemporaryFolder folder;
  const std::string path = (folder / "f").string();
  const pid_t child = fork();
  if (child == 0) {
    if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(1);
    raise(SIGSTOP);
    write_file(path, "new");
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status)) GTEST_SKIP() << "processes may not be traced here";
  ptrace(PTRACE_SETOPTIONS, child, nullptr, PTRACE_O_TRACESYSGOOD);
  std::string calls;
  std::uint64_t written_to = 0;
  while (ptrace(PTRACE_SYSCALL, child, nullptr, nullptr) == 0 && waitpid(child, &status, 0) == child &&
         !WIFEXITED(status)) {
    __ptrace_syscall_info call{};
    if (ptrace(static_cast<__ptrace_request>(PTRACE_GET_SYSCALL_INFO), child, sizeof call, &call) <= 0) continue;
    if (call.op != PTRACE_SYSCALL_INFO_ENTRY) continue;
    const auto number = static_cast<long>(call.entry.nr);
    const std::uint64_t file = call.entry.args[0];
    if (number == SYS_write) calls += "write ", written_to = file;
    if (number == SYS_fsync) calls += file == written_to ? "sync " : "sync another ";
    if (number == SYS_renameat || number == SYS_renameat2) calls += "rename ";
#ifdef SYS_rename  // newer systems do without
    if (number == SYS_rename) calls += "rename ";
#endif
  }
  EXPECT_EQ(read_file(path), "new");
  EXPECT_EQ(calls, "write sync rename sync another ");  // the other is the folder
}

TEST(Files, ALinkInPlaceOfTheTemporaryFileIsNotFollowed) {
  const TemporaryFolder folder;
  const std::string path = (folder / "f").string(), victim = (folder / "victim").string();
  write_file(victim, "its own");
  fs::create_symlink("victim", folder / ".f.tmp");
  EXPECT_EQ(file_error([&] { write_file(path, "x"); }), path + ": cannot write: Too many levels of symbolic links");
  EXPECT_EQ(read_file(victim), "its own");
}

TEST(Checksum, IsThatOfZip) {
  EXPECT_EQ(crc32(""), 0u);
  EXPECT_EQ(crc32("123456789"), 0xcbf43926u);  // the polynomial's published check value
  EXPECT_EQ(crc32("The quick brown fox jumps over the lazy dog"), 0x414fa339u);
  const std::string text = "bytes that come in pieces";
  for (std::size_t n = 0; n <= text.size(); ++n)
    EXPECT_EQ(crc32(text.substr(n), crc32(text.substr(0, n))), crc32(text));
}

}  // namespace
}  // namespace gradus
