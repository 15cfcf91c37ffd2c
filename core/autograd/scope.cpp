#include <gradus/core/autograd/scope.h>

#include <atomic>

namespace gradus {
namespace {

std::atomic<std::uint64_t> scopes_opened = 0;  // on all threads, as a tape may pass from one to another

}  // namespace

Scope::Scope(std::string_view name, std::string_view kind, Tape* tape)
    : parent_(innermost_), name_(name), kind_(kind), tape_(tape), serial_(++scopes_opened) {
  names_size_ = (parent_ ? parent_->names_size_ : 0) + (name.empty() ? 0 : name.size() + 1);
  innermost_ = this;
}

Scope::~Scope() { innermost_ = parent_; }

// From the end to the beginning, as scopes know those around them.
void Scope::write_path(char* end) const {
  end -= kind_.size();
  kind_.copy(end, kind_.size());
  for (const Scope* scope = this; scope; scope = scope->parent_) {
    if (scope->name_.empty()) continue;
    *--end = '.';
    for (std::size_t i = scope->name_.size(); i-- > 0;) *--end = scope->name_[i];
  }
}

std::string Scope::place() const {
  std::string path(path_size(), ' ');
  write_path(path.data() + path.size());
  return path;
}

}  // namespace gradus
