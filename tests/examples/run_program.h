// Runs one of the example programs as a user would, and keeps what it printed.
#pragma once

#include "temporary_folder.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace gradus::testing {

struct Outcome {
  int exit_code;
  std::string output, errors;
};

// `command` goes to the shell: "train_mnist --epochs 1", where GRADUS_EXAMPLES_DIR is in front of the path. Paths in
// the temporary folder are written as they are, though there may be a space in its name.
inline Outcome run_program(const std::string& command) {
  const TemporaryFolder folder;
  const std::string out = (folder / "out").string(), err = (folder / "err").string();
  std::string line = "PATH='" GRADUS_EXAMPLES_DIR "':$PATH; " + command + " >" + out + " 2>" + err + " </dev/null";
  const std::string plain = std::filesystem::temp_directory_path().string();
  std::string quoted;
  for (const char c : plain) quoted += c == ' ' ? std::string("\\ ") : std::string(1, c);
  for (std::size_t at = 0; (at = line.find(plain, at)) != std::string::npos; at += quoted.size()) {
    line.replace(at, plain.size(), quoted);
  }
  const int status = std::system(line.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read_file(out), read_file(err)};
}

inline std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> result;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) result.push_back(line);
  return result;
}

// Starts a program, waits for a condition (half a minute at most), and sends a signal unless it has ended by itself;
// `errors` stays empty.
inline Outcome signalled_program(const std::string& name, const std::vector<std::string>& flags,
                                 const std::function<bool()>& condition, int signal_number) {
  const TemporaryFolder folder;
  const std::string out = (folder / "out").string(), path = GRADUS_EXAMPLES_DIR "/" + name;
  const pid_t process = fork();
  if (process == 0) {
    std::vector<std::string> words = flags;
    std::vector<char*> argv = {const_cast<char*>(name.c_str())};
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    signal(SIGINT, SIG_DFL);  // a test in the background of a shell ignores it
    if (std::freopen(out.c_str(), "wb", stdout)) execv(path.c_str(), argv.data());
    _exit(127);
  }
  int status = 0;
  for (int wait = 0; wait < 30'000 && !condition(); ++wait) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (waitpid(process, &status, WNOHANG) == process) return {WEXITSTATUS(status), read_file(out), ""};
  }
  kill(process, signal_number);
  waitpid(process, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read_file(out), ""};
}

}  // namespace gradus::testing
