// What every program does around its own work.
#include <gradus/examples/command_line/program.h>

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <new>
#include <string>

namespace gradus::examples {
namespace {

// run_program with a body that throws what is wanted: exit code and standard error.
int run(int (*body)(int, char**), std::string& error, std::string* output = nullptr) {
  char name[] = "/some/folder/demo";
  char* argv[] = {name, nullptr};
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  const int code = run_program(1, argv, body);
  const std::string printed = testing::internal::GetCapturedStdout();
  error = testing::internal::GetCapturedStderr();
  if (output != nullptr) *output = printed;
  return code;
}

TEST(RunProgram, TurnsExceptionsIntoOneLineAndAnExitCode) {
  std::string error;
  EXPECT_EQ(run([](int, char**) { return 0; }, error), 0);
  EXPECT_EQ(error, "");
  EXPECT_EQ(run([](int, char**) { return 130; }, error), 130);
  EXPECT_EQ(error, "");
  EXPECT_EQ(run([](int, char**) -> int { throw UsageError("--lr", "too large"); }, error), 2);
  EXPECT_EQ(error, "demo: --lr: too large\n");
  EXPECT_EQ(run([](int, char**) -> int { throw std::runtime_error("a\nb\x1b[31m"); }, error), 1);
  EXPECT_EQ(error, "demo: a?b?[31m\n");
  EXPECT_EQ(run([](int, char**) -> int { throw std::bad_alloc(); }, error), 1);
  EXPECT_EQ(error, "demo: out of memory\n");
}

TEST(RunProgram, PrintsHelpOnStandardOutput) {
  std::string error;
  std::string output;
  EXPECT_EQ(run([](int, char**) -> int { throw HelpRequested{"usage: demo\n"}; }, error, &output), 0);
  EXPECT_EQ(output, "usage: demo\n");
  EXPECT_EQ(error, "");
}

// Runs in a process of its own, since standard output is lost.
[[noreturn]] void run_with_standard_output(const char* file) {
  if (std::freopen(file, "w", stdout) == nullptr) std::exit(99);
  char name[] = "demo";
  char* argv[] = {name, nullptr};
  std::exit(run_program(1, argv, [](int, char**) {
    std::cout << "result\n";
    return 0;
  }));
}

TEST(RunProgramDeathTest, BrokenStandardOutputIsAnError) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(run_with_standard_output("/dev/full"), ::testing::ExitedWithCode(1),
              "^demo: cannot write to standard output: No space left on device\n$");
  EXPECT_EXIT(run_with_standard_output("/dev/null"), ::testing::ExitedWithCode(0), "^$");
}

}  // namespace
}  // namespace gradus::examples
