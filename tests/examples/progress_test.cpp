#include "error_of.h"

#include <gradus/core/io/file.h>
#include <gradus/examples/command_line/format.h>
#include <gradus/examples/command_line/interrupt.h>
#include <gradus/examples/command_line/output_file.h>
#include <gradus/examples/command_line/progress.h>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <string>

namespace gradus::examples {
namespace {

namespace fs = std::filesystem;

TEST(Format, Durations) {
  EXPECT_EQ(format_duration(0), "0 ms");
  EXPECT_EQ(format_duration(0.0123), "12 ms");
  EXPECT_EQ(format_duration(0.25), "0.3 s");
  EXPECT_EQ(format_duration(12.34), "12.3 s");
  EXPECT_EQ(format_duration(59.94), "59.9 s");
  EXPECT_EQ(format_duration(59.97), "1 min 00 s");
  EXPECT_EQ(format_duration(125), "2 min 05 s");
  EXPECT_EQ(format_duration(3599.7), "1 h 00 min");
  EXPECT_EQ(format_duration(3725), "1 h 02 min");
  EXPECT_EQ(format_duration(-1), "?");
  EXPECT_EQ(format_duration(std::numeric_limits<double>::infinity()), "?");
}

TEST(Format, Numbers) {
  EXPECT_EQ(format_count(0), "0");
  EXPECT_EQ(format_count(999.4), "999");
  EXPECT_EQ(format_count(45210.3), "45,210");
  EXPECT_EQ(format_count(-1234567), "-1,234,567");
  EXPECT_EQ(format_percent(0.98765), "98.77 %");
  EXPECT_EQ(format_fixed(0.08127, 4), "0.0813");
  EXPECT_EQ(format_number(0.001), "0.001");
  EXPECT_EQ(format_number(100000), "100000");
}

TEST(Format, Texts) {
  EXPECT_EQ(display_width("x₁ = 3"), 6U);
  EXPECT_EQ(shorten("x₁ = 3", 2), "x₁");
  EXPECT_EQ(shorten("short", 80), "short");
  EXPECT_EQ(wrap("one two  three", 7), (std::vector<std::string>{"one two", "three"}));
  EXPECT_EQ(wrap("incomprehensibilities are long", 7),
            (std::vector<std::string>{"incomprehensibilities", "are", "long"}));
  EXPECT_EQ(one_line("a\nb\tc"), "a?b?c");
}

TEST(Progress, EpochLine) {
  EpochReport report{.epoch = 3,
                     .epochs = 10,
                     .samples_per_second = 45210.3,
                     .train_loss = 0.0812,
                     .train_accuracy = 0.9741,
                     .held_out_loss = 0.0701,
                     .held_out_accuracy = 0.979,
                     .train_seconds = 1.42,
                     .seconds_left = 65};
  EXPECT_EQ(
      epoch_text(report),
      "epoch  3/10   45,210 samples/s   train loss 0.0812  accuracy 97.41 %   test loss 0.0701  accuracy 97.90 %   "
      "1.4 s   1 min 05 s left");
  report.epoch = 10;
  report.held_out_loss.reset();
  EXPECT_EQ(epoch_text(report), "epoch 10/10   45,210 samples/s   train loss 0.0812  accuracy 97.41 %   1.4 s");
}

// A progress whose clock stands still until it is told to go on.
struct Bench {
  explicit Bench(ProgressMode mode, std::size_t width = 200)
      : progress(
            mode, out, [this] { return now; }, width) {}
  double now = 1000;
  std::ostringstream out;
  Progress progress;
};

TEST(Progress, LiveLineIsRewrittenTenTimesASecond) {
  Bench bench(ProgressMode::live);
  bench.progress.begin_training(2);
  bench.progress.begin_epoch(1, 1000);
  for (int batch = 0; batch < 1000; ++batch) {
    bench.now += 0.001;
    bench.progress.batch(100, 0.5, 0.9);
  }
  const std::string text = bench.out.str();
  const auto drawings = std::count(text.begin(), text.end(), '\r');
  EXPECT_GE(drawings, 9);
  EXPECT_LE(drawings, 11);
  EXPECT_EQ(text.find('\n'), std::string::npos);
  EXPECT_EQ(
      text.rfind("\repoch 1/2   batch    1/1000   100,000 samples/s   loss 0.5000  accuracy 90.00 %   2.0 s left\x1b[K",
                 0),
      0U)
      << text;
}

TEST(Progress, LiveLineFitsTheTerminalAndIsCleared) {
  Bench bench(ProgressMode::live, 21);
  bench.progress.begin_training(1);
  bench.progress.begin_epoch(1, 10);
  bench.now += 1;
  bench.progress.batch(1, 0, 0);
  EXPECT_EQ(bench.out.str(), "\repoch 1/1   batch  1\x1b[K");  // 20 columns, and one free
  bench.out.str("");
  bench.progress.line("done");
  EXPECT_EQ(bench.out.str(), "\r\x1b[Kdone\n");
  bench.out.str("");
  bench.progress.line("again");
  EXPECT_EQ(bench.out.str(), "again\n");
}

TEST(Progress, DestructorLeavesAnEmptyLine) {
  std::ostringstream out;
  {
    Progress progress(
        ProgressMode::live, out, [] { return 0.0; }, 80);
    progress.begin_training(1);
    progress.begin_epoch(1, 1);
    progress.end_epoch();
    EXPECT_EQ(out.str(), "\repoch 1/1   evaluating ...\x1b[K");
    out.str("");
  }
  EXPECT_EQ(out.str(), "\r\x1b[K");
}

TEST(Progress, PlainPrintsWholeLinesAndQuietNothing) {
  for (const ProgressMode mode : {ProgressMode::plain, ProgressMode::quiet}) {
    Bench bench(mode);
    bench.progress.begin_training(1);
    bench.progress.begin_epoch(1, 2);
    bench.now += 1;
    bench.progress.batch(10, 0, 0);
    bench.progress.end_epoch();
    bench.progress.line("epoch 1");
    EXPECT_EQ(bench.out.str(), mode == ProgressMode::plain ? "epoch 1\n" : "");
  }
}

TEST(Progress, MeasuresTrainingAndTimeLeft) {
  Bench bench(ProgressMode::plain);
  bench.progress.begin_training(5, 1);  // resumed: epochs 2 to 5 remain
  bench.progress.begin_epoch(2, 2);
  bench.now += 2;
  bench.progress.batch(100, 0, 0);
  EXPECT_DOUBLE_EQ(bench.progress.seconds_left(), 14);  // 2 s for half an epoch of four
  bench.now += 2;
  bench.progress.batch(100, 0, 0);
  bench.progress.end_epoch();
  bench.now += 1;  // evaluation
  EXPECT_DOUBLE_EQ(bench.progress.train_seconds(), 4);
  EXPECT_DOUBLE_EQ(bench.progress.samples_per_second(), 50);
  EXPECT_DOUBLE_EQ(bench.progress.seconds_left(), 15);  // three more epochs of 5 s
}

TEST(Progress, ModeFollowsTheFlagAndTheTerminal) {
  EXPECT_EQ(progress_mode(true), ProgressMode::quiet);
  const int saved = dup(STDOUT_FILENO);
  ASSERT_NE(std::freopen("/dev/null", "w", stdout), nullptr);
  EXPECT_EQ(progress_mode(false), ProgressMode::plain);
  dup2(saved, STDOUT_FILENO);
  close(saved);
}

TEST(Interrupt, FirstSignalSetsTheFlag) {
  {
    InterruptHandler interrupt;
    EXPECT_FALSE(interrupt.requested());
    std::raise(SIGINT);
    EXPECT_TRUE(interrupt.requested());
  }
  EXPECT_FALSE(InterruptHandler().requested());
}

TEST(InterruptDeathTest, SecondSignalKills) {
  EXPECT_EXIT(
      {
        InterruptHandler interrupt;
        std::raise(SIGINT);
        std::raise(SIGINT);
      },
      ::testing::KilledBySignal(SIGINT), "");
}

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
