// What a node's backward function is, and what it writes its results into.
#pragma once

#include <gradus/core/tensor/tensor.h>

#include <utility>

namespace gradus {

class Tape;

// d of a backward function: the gradients of the operation's inputs, to add to.
class Gradients {
 public:
  // Whether input i wants a gradient: if not, it need not be computed.
  bool needs(int input) const;
  // Adds to the gradient of input i. Throws std::invalid_argument if the shape is not the input's.
  void add(int input, Tensor dx);

 private:
  friend class Tape;
  Gradients(Tape& tape, int node, std::span<const int> inputs, const Tensor& dy)
      : tape_(tape), node_(node), inputs_(inputs), dy_(dy) {}
  int target(int input) const {  // the node that is this input
    if (input < 0 || static_cast<std::size_t>(input) >= inputs_.size()) refuse(input);
    return inputs_[static_cast<std::size_t>(input)];
  }
  [[noreturn]] void refuse(int input) const;

  Tape& tape_;
  int node_;
  std::span<const int> inputs_;
  const Tensor& dy_;
};

// From dy, the gradient of a node's value, to those of its inputs; dy is not needed afterwards and may be moved from.
// It lives in the tape's arena.
struct BackwardFunction {
  virtual ~BackwardFunction() = default;
  virtual void operator()(Tensor& dy, Gradients& d) = 0;
};

// A lambda, with what it captured, as one.
template <class F>
struct BackwardClosure final : BackwardFunction {
  explicit BackwardClosure(F&& function) : f(std::move(function)) {}
  explicit BackwardClosure(const F& function) : f(function) {}
  void operator()(Tensor& dy, Gradients& d) override { f(dy, d); }
  F f;
};

}  // namespace gradus
