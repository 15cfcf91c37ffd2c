#include <gradus/core/error.h>
#include <gradus/examples/exercises/grader/attempt.h>

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <stdexcept>

namespace gradus::exercises {
namespace {

constexpr unsigned kSeconds = 5;

// An attempt as bytes for a pipe: the error with its length, then of each result rank, sizes and elements.
void write_numbers(std::FILE* out, const void* data, std::size_t size, std::size_t count) {
  std::fwrite(data, size, count, out);
}
void write_count(std::FILE* out, std::int64_t count) { write_numbers(out, &count, sizeof count, 1); }

void write(std::FILE* out, const Attempt& attempt) {
  write_count(out, std::ssize(attempt.error));
  write_numbers(out, attempt.error.data(), 1, attempt.error.size());
  write_count(out, std::ssize(attempt.results));
  for (const Tensor& t : attempt.results) {
    write_count(out, t.rank());
    for (int axis = 0; axis < t.rank(); ++axis) write_count(out, t.size(axis));
    write_numbers(out, t.values().data(), sizeof(Scalar), t.values().size());
  }
}

void read_numbers(std::FILE* in, void* data, std::size_t size, std::size_t count) {
  if (std::fread(data, size, count, in) != count) throw std::runtime_error("ends the program");
}
std::int64_t read_count(std::FILE* in) {
  std::int64_t count = 0;
  read_numbers(in, &count, sizeof count, 1);
  return count;
}

Attempt read(std::FILE* in) {
  Attempt attempt;
  attempt.error.resize(static_cast<std::size_t>(read_count(in)));
  read_numbers(in, attempt.error.data(), 1, attempt.error.size());
  for (std::int64_t left = read_count(in); left > 0; --left) {
    std::vector<std::int64_t> sizes(static_cast<std::size_t>(read_count(in)));
    for (std::int64_t& size : sizes) size = read_count(in);
    Tensor& t = attempt.results.emplace_back(Tensor::zeros(Shape(sizes)));
    read_numbers(in, t.mutable_values().data(), sizeof(Scalar), t.values().size());
  }
  return attempt;
}

// What a checked index, among others, says before it aborts.
bool is_assertion(const std::string& said) { return said.find("ssertion") != std::string::npos; }

std::string why(int signal) {
  switch (signal) {
    case SIGALRM:
      return text("does not end: it was stopped after ", kSeconds, " seconds");
    case SIGABRT:
    case SIGILL:
    case SIGTRAP:
      return "is aborted: most likely an index lies outside of what it is used on, as -1 does";
    case SIGSEGV:
    case SIGBUS:
      return "uses memory that is not its own: most likely an index lies far outside of what it is used on";
    case SIGFPE:
      return "divides an integer by 0";
    default:
      return text("is ended by the signal ", signal);
  }
}

}  // namespace

Attempt attempt(const Backward& backward, const Case& numbers) {
  try {
    return {backward(numbers), ""};
  } catch (const std::exception& error) {
    return {{}, text("stops with an error: ", error.what())};
  }
}

Attempt attempt_apart(const Backward& answer, const Case& numbers) {
  std::array<int, 2> ends;
  std::FILE* said = std::tmpfile();  // on standard error, by the answer or by what aborts it
  std::cout.flush();
  std::fflush(nullptr);  // what is buffered would be printed twice
  if (!said || pipe(ends.data()) != 0)
    throw std::runtime_error(text("cannot run the answer apart: ", std::strerror(errno)));
  const pid_t process = fork();
  if (process < 0) throw std::runtime_error(text("cannot run the answer apart: ", std::strerror(errno)));
  if (process == 0) {
    close(ends[0]);
    dup2(fileno(said), STDERR_FILENO);
    // Nobody else, such as a sanitizer, turns what ends the answer into something else.
    for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT}) std::signal(signal, SIG_DFL);
    alarm(kSeconds);
    std::FILE* out = fdopen(ends[1], "wb");
    write(out, attempt(answer, numbers));
    std::cout.flush();
    std::fflush(nullptr);
    _exit(0);
  }
  close(ends[1]);
  std::FILE* in = fdopen(ends[0], "rb");
  Attempt result;
  try {
    result = read(in);
  } catch (const std::exception& error) {
    result = {{}, error.what()};
  }
  std::fclose(in);
  int status = 0;
  waitpid(process, &status, 0);
  std::string words(static_cast<std::size_t>(lseek(fileno(said), 0, SEEK_END)), ' ');
  std::rewind(said);
  words.resize(std::fread(words.data(), 1, words.size(), said));
  std::fclose(said);
  if (!WIFSIGNALED(status) || !is_assertion(words)) std::cerr << words;
  if (WIFSIGNALED(status)) return {{}, why(WTERMSIG(status))};
  return result;
}

}  // namespace gradus::exercises
