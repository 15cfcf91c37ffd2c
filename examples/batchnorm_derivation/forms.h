// BatchNorm1d with other backwards than its own: those that layers/batch_norm.md goes through on the way to it, to be
// compared with one another, with PyTorch and by the clock, and any that a program brings along.
#pragma once

#include <gradus/examples/base.h>
#include <gradus/layers/batch_norm.h>

#include <functional>

namespace gradus_examples {

// All give the same gradients.
enum class BatchNormForm {
  fused,       // the layer's own: equation 11 in two sweeps over memory
  simplified,  // equation 11 array by array
  staged,      // equations S1 to S6, every intermediate gradient by itself, as the paper states them
  composed,    // no backward by hand: the forward is recorded operation by operation, and the tape derives the rest
};

}  // namespace gradus_examples

namespace gradus::examples {

// What a forward leaves for its backward. What belongs to a channel has the shape [1, c], or [1, c, 1] for x [n, c, l],
// and so broadcasts against x.
struct BatchNormSaved {
  BatchNormSaved(const Tensor& x, Scalar eps);

  Tensor x;
  Axes axes;             // over which a channel's values lie
  Scalar m;              // how many they are
  Tensor mu, sigma2, s;  // (F1) to (F3)
  Tensor gamma = 1;

  Tensor sum(const Tensor& t) const { return gradus::sum(t, axes, Reduced::kept); }
};

struct BatchNormGradients {
  Tensor dx, dgamma, dbeta;  // dgamma may be left empty: then nothing is added to gamma's gradient
};

// The forward's values, the running estimates and evaluation are BatchNorm1d's.
class BatchNormWithBackward : public BatchNorm1d {
 public:
  using BatchNorm1d::BatchNorm1d;

 protected:
  using Backward = std::function<BatchNormGradients(const Tensor& dy, const BatchNormSaved& saved)>;
  // The layer's own forward, which checks the shape and moves the running estimates, but leaves nothing on x's tape.
  Tensor unrecorded(const Variable& x);
  // Of x with batch statistics. The backward must not refer to the layer, which may be gone by then.
  Variable forward_with(const Variable& x, const Backward& backward);
};

class BatchNormInForm : public BatchNormWithBackward {
 public:
  BatchNormInForm(BatchNormForm form, std::int64_t channels, const BatchNorm1dOptions& options = {})
      : BatchNormWithBackward(channels, options), form_(form) {}

 private:
  Variable forward(const Variable& x) override;
  Variable composed(const Variable& x);

  BatchNormForm form_;
};

}  // namespace gradus::examples
