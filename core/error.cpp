#include <gradus/core/error.h>

namespace gradus_base {

void throw_error(std::string_view operation, const std::string& problem) {
  const ErrorContext* context = ErrorContext::innermost();
  throw std::invalid_argument(std::string(operation) + ": " + problem +
                              (context ? " (in " + context->place() + ")" : ""));
}

}  // namespace gradus_base
