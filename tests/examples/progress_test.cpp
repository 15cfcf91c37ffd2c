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

TEST(Progress, ALiveLineOfOnesOwnIsMadeOnlyWhenItIsDrawn) {
  for (const ProgressMode mode : {ProgressMode::live, ProgressMode::plain, ProgressMode::quiet}) {
    Bench bench(mode);
    int made = 0;
    for (int step = 0; step < 1000; ++step, bench.now += 0.001) {
      bench.progress.live([&] { return "step " + std::to_string(++made); });
    }
    EXPECT_EQ(bench.out.str().starts_with("\rstep 1\x1b[K\rstep 2\x1b[K"), mode == ProgressMode::live);
    if (mode == ProgressMode::live) {
      EXPECT_NEAR(made, 10, 1);
    } else {
      EXPECT_EQ(made, 0);
    }
  }
}

TEST(Progress, EveryEpochBeginsAnewAndIsDrawnAtOnce) {
  Bench bench(ProgressMode::live);
  bench.progress.begin_training(2);
  for (const std::int64_t epoch : {1, 2}) {
    bench.progress.begin_epoch(epoch, 10);
    bench.out.str("");
    bench.now += 0.001;
    bench.progress.batch(10, 0, 0);
    EXPECT_TRUE(bench.out.str().starts_with("\repoch " + std::to_string(epoch) + "/2   batch  1/10   10,000 samples/s"))
        << bench.out.str();
    for (int batch = 1; batch < 10; ++batch) bench.progress.batch(10, 0, 0);
  }
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

}  // namespace
}  // namespace gradus::examples
