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

void Scope::append_names(std::string& path) const {
  if (parent_) parent_->append_names(path);
  if (!name_.empty()) path.append(name_) += '.';
}

void Scope::append_path(std::string& path) const {
  append_names(path);
  const std::size_t names = path.size();
  path.append(kind_);
  for (std::size_t i = names; i < path.size(); ++i) {
    if (path[i] >= 'A' && path[i] <= 'Z') path[i] = static_cast<char>(path[i] - 'A' + 'a');
  }
}

std::string Scope::place() const {
  std::string path;
  append_path(path);
  return path;
}

}  // namespace gradus
