// What every example program does around its own work: errors become one line and an exit code.
#pragma once

#include <gradus/examples/base.h>

#include <stdexcept>
#include <string>

namespace gradus_examples {

// The command line was wrong; the message begins with the flag: "--epochs: expected a whole number ...".
class UsageError : public std::runtime_error {
 public:
  explicit UsageError(const std::string& message) : std::runtime_error(message) {}
  UsageError(const std::string& flag, const std::string& problem) : std::runtime_error(flag + ": " + problem) {}
};

// Thrown by Arguments::parse where --help was given. Not an error, hence no std::exception.
struct HelpRequested {
  std::string text;
};

// Runs the body of a program and returns its exit code, with which main ends:
//
//   int main(int argc, char** argv) { return run_program(argc, argv, train); }
//
//   the body's own result    if it returns
//   0   HelpRequested        the text goes to standard output
//   1   any other exception  one line on standard error: "train_mnist: <message>"
//   1   standard output cannot be written (a full disk, a closed pipe): the same line
//   2   UsageError           the same line
//
// A closed pipe is reported like a full disk: SIGPIPE is ignored from here on.
int run_program(int argc, char** argv, int (*body)(int argc, char** argv));

// Writes what std::cout still holds. Throws std::runtime_error if that, or anything written before, has failed:
// a program that works for long calls this now and then, so that it does not go on for nobody.
void flush_standard_output();

}  // namespace gradus_examples
