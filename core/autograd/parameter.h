// Parameter: a named value that training changes, with a gradient of the same shape.
//
// A gradient is absent at first and after zero_grad(). The first backward moves its contribution in, later ones add.
// A Parameter cannot be copied, since a copy would look like a second parameter; share() makes a second owner of the
// same one (tied weights), and recorded tapes and optimizers are such owners too.
//
// Thread safety: reading one and using it with Recording::off is safe from several threads at a time; recording it,
// changing it and its gradient are not.
#pragma once

#include <gradus/core/autograd/liveness.h>
#include <gradus/core/tensor/tensor.h>

#include <memory>
#include <optional>
#include <string>

namespace gradus {

class Parameter {
 public:
  Parameter(std::string name, Tensor value);
  Parameter(Parameter&&) = default;
  Parameter& operator=(Parameter&&) = default;

  Parameter share() const { return Parameter(state_); }
  bool same_as(const Parameter& other) const { return state_ == other.state_; }

  const std::string& name() const { return state_->name; }
  const Shape& shape() const { return state_->value.shape(); }
  const Tensor& value() const { return state_->value; }
  // For changing the numbers in place; it counts as a change, see Tape::backward.
  Scalar* mutable_data() {
    ++state_->version;
    return state_->value.mutable_data();
  }
  // Throws std::invalid_argument if the shape differs.
  void set_value(const Tensor& value);

  bool has_grad() const { return state_->grad.has_value(); }
  const Tensor& grad() const;                 // throws std::invalid_argument if it is absent
  void zero_grad() { state_->grad.reset(); }  // makes it absent
  void set_grad(Tensor grad);                 // both throw std::invalid_argument if the shape differs
  void add_grad(Tensor grad);

  // A frozen parameter gets no gradient, so optimizers leave it as it is.
  void freeze(bool frozen = true) { state_->frozen = frozen; }
  bool frozen() const { return state_->frozen; }

 private:
  friend class Tape;
  friend class Variable;
  struct State {
    std::string name;
    Tensor value;
    std::optional<Tensor> grad;
    bool frozen = false;
    std::uint64_t version = 0;  // how often the value was changed
    // The leaf that stands for this parameter on the tape that used it last.
    const Life* life = nullptr;
    std::uint64_t generation = 0;
    int node = 0;
  };
  explicit Parameter(std::shared_ptr<State> state) : state_(std::move(state)) {}
  void check(const Tensor& grad) const;

  std::shared_ptr<State> state_;
};

}  // namespace gradus
