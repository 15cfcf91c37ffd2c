// Scope: the layer that is being computed, for error texts and for the tape.
//
// Layers open one around their forward; scopes nest, one stack a thread. Operations whose operands are parameters
// alone (exp(log_scale_) in a layer) join the scope's tape.
#pragma once

#include <gradus/core/error.h>
#include <gradus/core/scalar.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace gradus {

class Tape;

class Scope : public ErrorContext {
 public:
  // `name` is what the parent calls the layer ("0", "encoder"; empty for the outermost), `kind` its class in small
  // letters; `tape` that of its input, or null. All must outlive the scope.
  Scope(std::string_view name, std::string_view kind, Tape* tape)
      : parent_(innermost_), name_(name), kind_(kind), tape_(tape), serial_(++opened_) {
    names_size_ = (parent_ ? parent_->names_size_ : 0) + (name.empty() ? 0 : name.size() + 1);
    innermost_ = this;
  }
  ~Scope() override { innermost_ = parent_; }

  static const Scope* current() { return innermost_; }  // null if there is none
  Tape* tape() const { return tape_; }
  std::uint64_t serial() const { return serial_; }  // different for every scope ever opened

  // "encoder.0.linear": names, then the innermost kind. The letters are written to the path_size() places before `end`:
  // a tape has memory of its own for them, and meets many scopes a step.
  std::size_t path_size() const { return names_size_ + kind_.size(); }
  void write_path(char* end) const;

  std::string place() const override;

 private:
  static inline constinit thread_local const Scope* innermost_ = nullptr;
  static inline std::atomic<std::uint64_t> opened_ = 0;  // on all threads, as a tape may pass from one to another
  const Scope* parent_;
  std::string_view name_, kind_;
  std::size_t names_size_;  // of the names, with a dot behind each
  Tape* tape_;
  std::uint64_t serial_;
};

}  // namespace gradus
