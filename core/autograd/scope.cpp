#include <gradus/core/autograd/scope.h>

#include <atomic>

namespace gradus {
namespace {

thread_local const Scope* innermost = nullptr;
std::atomic<std::uint64_t> scopes_opened = 0;  // on all threads, as a tape may pass from one to another

}  // namespace

Scope::Scope(std::string_view name, std::string_view kind, Tape* tape)
    : parent_(innermost), name_(name), kind_(kind), tape_(tape), serial_(++scopes_opened) {
  innermost = this;
}

Scope::~Scope() { innermost = parent_; }

const Scope* Scope::current() { return innermost; }

std::size_t Scope::path_size() const {
  std::size_t size = kind_.size();
  for (const Scope* scope = this; scope; scope = scope->parent_) {
    if (!scope->name_.empty()) size += scope->name_.size() + 1;
  }
  return size;
}

// From the end to the beginning, as scopes know those around them.
void Scope::write_path(char* letters) const {
  char* end = letters + path_size();
  for (std::size_t i = kind_.size(); i-- > 0;) {
    const char letter = kind_[i];
    *--end = letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  }
  for (const Scope* scope = this; scope; scope = scope->parent_) {
    if (scope->name_.empty()) continue;
    *--end = '.';
    for (std::size_t i = scope->name_.size(); i-- > 0;) *--end = scope->name_[i];
  }
}

std::string Scope::place() const {
  std::string path(path_size(), ' ');
  write_path(path.data());
  return path;
}

}  // namespace gradus
