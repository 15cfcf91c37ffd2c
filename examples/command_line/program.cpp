#include <gradus/examples/command_line/format.h>
#include <gradus/examples/command_line/program.h>

#include <fcntl.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <iostream>
#include <new>

namespace gradus_examples {

namespace {

std::string program_name(int argc, char** argv) {
  const std::string name = argc > 0 ? std::filesystem::path(argv[0]).filename().string() : "";
  return name.empty() ? "program" : name;
}

int fail(const std::string& program, const std::string& message, int exit_code) {
  std::cerr << one_line(program + ": " + message) << std::endl;
  return exit_code;
}

// A program may be started with standard output closed (">&-"). The next file it opens would then take the number
// 1 and receive what is printed. So the gaps are filled, the wrong way round: using them still fails.
void fill_closed_standard_streams() {
  for (int descriptor = 0; descriptor <= 2; ++descriptor) {
    if (fcntl(descriptor, F_GETFD) < 0) open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY);
  }
}

int run_body(int argc, char** argv, int (*body)(int, char**)) {
  const std::string program = program_name(argc, argv);
  try {
    return body(argc, argv);
  } catch (const HelpRequested& help) {
    std::cout << help.text;
    return 0;
  } catch (const UsageError& error) {
    return fail(program, error.what(), 2);
  } catch (const std::bad_alloc&) {
    return fail(program, "out of memory", 1);
  } catch (const std::exception& error) {
    return fail(program, error.what(), 1);
  }
}

}  // namespace

int run_program(int argc, char** argv, int (*body)(int, char**)) {
  fill_closed_standard_streams();
  std::signal(SIGPIPE, SIG_IGN);
  const int exit_code = run_body(argc, argv, body);
  if (exit_code != 0) {
    std::cout.flush();
    return exit_code;
  }
  try {
    flush_standard_output();
  } catch (const std::exception& error) {
    return fail(program_name(argc, argv), error.what(), 1);
  }
  return 0;
}

void flush_standard_output() {
  errno = 0;
  std::cout.flush();
  std::fflush(stdout);
  if (std::cout.good() && std::ferror(stdout) == 0) return;
  const std::string reason = errno != 0 ? std::strerror(errno) : "an earlier write failed";
  throw std::runtime_error("cannot write to standard output: " + reason);
}

}  // namespace gradus_examples
