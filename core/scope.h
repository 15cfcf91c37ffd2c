// Scope: the layer that is being computed, for error texts and for the tape.
//
// Layers open one around their forward; scopes nest, one stack a thread. Operations whose operands are parameters
// alone (exp(log_scale_) in a layer) join the scope's tape.
#pragma once

#include <gradus/core/scalar.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace gradus {

class Tape;

class Scope {
 public:
  // `name` is what the parent calls the layer ("0", "encoder"; empty for the outermost), `kind` its class;
  // `tape` that of its input, or null. All must outlive the scope.
  Scope(std::string_view name, std::string_view kind, Tape* tape);
  ~Scope();
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

  static const Scope* current();  // the innermost, or null
  Tape* tape() const { return tape_; }
  std::uint64_t serial() const { return serial_; }  // different for every scope ever opened
  void append_path(std::string& path) const;        // "encoder.0.linear": names, then the innermost kind

 private:
  void append_names(std::string& path) const;

  const Scope* parent_;
  std::string_view name_, kind_;
  Tape* tape_;
  std::uint64_t serial_;
};

// " (in 0.linear)", or nothing outside of layers.
std::string in_current_layer();

}  // namespace gradus
