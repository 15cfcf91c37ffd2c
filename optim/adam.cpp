#include <gradus/core/error.h>
#include <gradus/core/kernels/kernels.h>
#include <gradus/optim/adam.h>

#include <cmath>
#include <limits>

namespace gradus {
namespace {

// base^n by repeated multiplication, the same on every machine (pow of the C library is not).
double power(double base, std::int64_t n) {
  double result = 1;
  for (; n > 0; n /= 2, base *= base) {
    if (n % 2) result *= base;
  }
  return result;
}

}  // namespace

Adam::Adam(const ParameterGroups& groups, const AdamOptions& options) : Adam(groups, options, false) {}
AdamW::AdamW(const ParameterGroups& groups, const AdamOptions& options) : Adam(groups, options, true) {}

Adam::Adam(const ParameterGroups& groups, const AdamOptions& options, bool decoupled)
    : Optimizer(groups, options.learning_rate, options.weight_decay.value_or(decoupled ? 1e-2 : 0)),
      options_(options),
      decoupled_(decoupled) {
  for (const double beta : {options.beta1, options.beta2}) {
    if (!(beta >= 0 && beta < 1)) fail("adam", "beta must be at least 0 and below 1, got ", beta);
  }
  // The fast kernel adds sqrt(1 - beta2^t) eps to the root of the second moment: it must not vanish there.
  const double least = std::numeric_limits<Scalar>::min() / std::sqrt(1 - options.beta2);
  if (!(options.eps >= least)) {
    fail("adam", "eps must be at least ", least, " (a smaller one would count as 0), got ", options.eps);
  }
}

void Adam::update(Slot& slot, double learning_rate) {
  if (slot.steps != steps_) {
    steps_ = slot.steps;
    correction1_ = 1 - power(options_.beta1, steps_);
    correction2_ = 1 - power(options_.beta2, steps_);
  }
  const kernels::AdamStep step = {.learning_rate = learning_rate,
                                  .beta1 = options_.beta1,
                                  .beta2 = options_.beta2,
                                  .eps = options_.eps,
                                  .weight_decay = slot.weight_decay,
                                  .decoupled = decoupled_,
                                  .correction1 = correction1_,
                                  .correction2 = correction2_};
  Scalar* m = state(slot, 0).mutable_data();
  Scalar* v = state(slot, 1).mutable_data();
  // Its loop is in core/kernels/plain/optimizers.cpp.
  kernels::active().adam(step, slot.parameter.value().count(), slot.parameter.grad().data(),
                         slot.parameter.mutable_data(), m, v);
}

}  // namespace gradus
