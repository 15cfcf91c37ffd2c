// Variable: a value that takes part in a computation, and where on a tape it was recorded. Indices are its counterpart
// for integers.
#pragma once

#include <gradus/core/autograd/liveness.h>
#include <gradus/core/autograd/parameter.h>
#include <gradus/core/tensor/tensor.h>

namespace gradus {

class Variable {
 public:
  // A constant. It joins the tape of the other operands.
  template <class Number>
  requires std::integral<Number> || std::floating_point<Number> Variable(Number value) : value_(value) {}
  // A parameter joins the tape of the other operands too; its gradient ends in the parameter.
  Variable(const Parameter& parameter) : value_(parameter.value()), parameter_(parameter.state_) {}
  // (A Tensor does not convert by itself: tape.input(t), or tape.variable(t) if its gradient is wanted.)

  const Tensor& value() const { return value_; }  // stays readable when the tape is gone
  const Shape& shape() const { return value_.shape(); }
  int rank() const { return value_.rank(); }
  std::int64_t size(int axis) const { return value_.size(axis); }
  Scalar item() const { return value_.item(); }

  // Whether a backward from what depends on it would bring it a gradient.
  bool needs_grad() const;
  // The gradient that backwards brought to a tape.variable(t), added up. Throws std::invalid_argument if there is none.
  // (A parameter's is in the parameter; those of results are let go: core/inspect/history.h keeps them.)
  const Tensor& grad() const;
  bool has_grad() const;
  // The tape it is on; null if it is a constant, or if that tape was cleared or destroyed.
  Tape* tape() const { return life_ && life_->generation == generation_ ? life_->tape : nullptr; }
  // The same numbers as a constant: nothing flows back through it.
  Variable detach() const { return Variable(value_, nullptr, -1); }

 private:
  friend class Tape;
  Variable(const Tensor& value, const Life* life, int node)
      : value_(value), life_(life), generation_(life ? life->generation : 0), node_(node) {}

  Tensor value_;
  const Life* life_ = nullptr;  // null: on no tape
  std::uint64_t generation_ = 0;
  int node_ = -1;  // negative: not recorded
  std::shared_ptr<Parameter::State> parameter_;
};

// Integers that pick something, such as tokens or positions, of any shape; no gradient flows to them. tape.indices()
// makes them.
class Indices {
 public:
  std::span<const std::int32_t> values() const {
    return {static_cast<const std::int32_t*>(storage_.data()), static_cast<std::size_t>(shape_.count())};
  }
  const Shape& shape() const { return shape_; }
  Tape* tape() const { return life_->generation == generation_ ? life_->tape : nullptr; }

 private:
  friend class Tape;
  Indices(std::span<const std::int32_t> values, const Shape& shape, const Life* life);

  Shape shape_;
  Storage storage_;
  const Life* life_;
  std::uint64_t generation_;
};

}  // namespace gradus
