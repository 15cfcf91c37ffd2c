// Errors: a programmer's mistake throws std::invalid_argument, a bad file std::runtime_error. The text names the
// operation, the shapes and what was expected: "matmul: x [128, 784] needs w with 784 rows, got [256, 784]".
#pragma once

#include <gradus/core/base.h>

#include <locale>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace gradus_base {

// All parts, written one after another, whatever the locale.
template <class... Parts>
std::string text(const Parts&... parts) {
  std::ostringstream out;
  out.imbue(std::locale::classic());
  (out << ... << parts);
  return out.str();
}

// Where something is being computed, for the texts of errors. While one lives, fail() on this thread ends with its
// place: " (in 0.linear)". They nest; the innermost speaks.
class ErrorContext {
 public:
  ErrorContext() : outer_(innermost_) { innermost_ = this; }
  virtual ~ErrorContext() { innermost_ = outer_; }
  ErrorContext(const ErrorContext&) = delete;
  ErrorContext& operator=(const ErrorContext&) = delete;

  virtual std::string place() const = 0;

  static const ErrorContext* innermost() { return innermost_; }  // null if there is none

 private:
  static inline constinit thread_local const ErrorContext* innermost_ = nullptr;
  const ErrorContext* outer_;
};

// Throws std::invalid_argument("operation: problem (in the innermost context)").
[[noreturn]] void throw_error(std::string_view operation, const std::string& problem);

template <class... Parts>
[[noreturn, gnu::cold, gnu::noinline]] void fail(std::string_view operation, const Parts&... parts) {
  throw_error(operation, text(parts...));
}

}  // namespace gradus_base
