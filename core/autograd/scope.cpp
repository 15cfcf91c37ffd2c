#include <gradus/core/autograd/scope.h>

namespace gradus {

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
