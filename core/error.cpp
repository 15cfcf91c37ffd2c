#include <gradus/core/error.h>

namespace gradus_base {
namespace {

thread_local const ErrorContext* innermost = nullptr;

}  // namespace

ErrorContext::ErrorContext() : outer_(innermost) { innermost = this; }
ErrorContext::~ErrorContext() { innermost = outer_; }

void throw_error(std::string_view operation, const std::string& problem) {
  const std::string place = innermost ? " (in " + innermost->place() + ")" : "";
  throw std::invalid_argument(std::string(operation) + ": " + problem + place);
}

}  // namespace gradus_base
