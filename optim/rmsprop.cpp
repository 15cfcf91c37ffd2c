#include <gradus/core/error.h>
#include <gradus/core/tensor/arithmetic.h>
#include <gradus/optim/rmsprop.h>

#include <limits>

namespace gradus {

RMSprop::RMSprop(const ParameterGroups& groups, const RMSpropOptions& options)
    : Optimizer(groups, options.learning_rate, options.weight_decay), options_(options) {
  if (!(options.alpha >= 0 && options.alpha < 1)) {
    fail("rmsprop", "alpha must be at least 0 and below 1, got ", options.alpha);
  }
  // A subnormal eps counts as 0 in the fast kernels, and 0 / 0 would spoil a weight whose gradient is 0.
  if (const double least = std::numeric_limits<Scalar>::min(); !(options.eps >= least)) {
    fail("rmsprop", "eps must be positive and at least ", least, ", got ", options.eps);
  }
  if (!(options.momentum >= 0 && options.momentum < 1)) {
    fail("rmsprop", "momentum must be at least 0 and below 1, got ", options.momentum);
  }
}

void RMSprop::update(Slot& slot, double learning_rate) {
  const auto scalar = [](double x) { return static_cast<Scalar>(x); };
  const Tensor& w = slot.parameter.value();
  Tensor g = slot.parameter.grad();
  if (slot.weight_decay > 0) g = g + w * scalar(slot.weight_decay);

  Tensor& v = state(slot, 0);
  v = v * scalar(options_.alpha) + g * g * scalar(1 - options_.alpha);
  Tensor u = g / (sqrt(v) + scalar(options_.eps));
  if (options_.momentum > 0) {
    Tensor& kept = state(slot, 1);
    u = kept = kept * scalar(options_.momentum) + u;
  }
  slot.parameter.set_value(w - u * scalar(learning_rate));
}

}  // namespace gradus
