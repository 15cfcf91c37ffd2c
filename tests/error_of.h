// What a mistake is answered with, for tests that assert the whole text.
#pragma once

#include <stdexcept>
#include <string>

// Mistakes throw std::invalid_argument; for files: error_of<std::runtime_error>(...).
template <class Error = std::invalid_argument, class F>
std::string error_of(F f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}
