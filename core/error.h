// Errors: a programmer's mistake throws std::invalid_argument, a bad file std::runtime_error. The text names the
// operation, the shapes and what was expected: "matmul: x [128, 784] needs w with 784 rows, got [256, 784]".
#pragma once

#include <gradus/core/scope.h>

#include <sstream>
#include <stdexcept>
#include <string>

namespace gradus {

// All parts, written one after another.
template <class... Parts>
std::string text(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return out.str();
}

// Throws std::invalid_argument("operation: parts... (in the layer being computed)").
template <class... Parts>
[[noreturn]] void fail(const char* operation, const Parts&... parts) {
  throw std::invalid_argument(text(operation, ": ", parts..., in_current_layer()));
}

}  // namespace gradus
