#include <gradus/core/error.h>
#include <gradus/core/kernels/kernels.h>
#include <gradus/optim/sgd.h>

namespace gradus {

SGD::SGD(const ParameterGroups& groups, const SGDOptions& options)
    : Optimizer(groups, options.learning_rate, options.weight_decay), options_(options) {
  if (!(options.momentum >= 0 && options.momentum < 1)) {
    fail("sgd", "momentum must be at least 0 and below 1, got ", options.momentum);
  }
  if (options.nesterov && options.momentum == 0) fail("sgd", "Nesterov's form needs a momentum");
}

void SGD::update(Slot& slot, double learning_rate) {
  Scalar* velocity = options_.momentum > 0 ? state(slot, 0).mutable_data() : nullptr;
  kernels::active().sgd(slot.parameter.value().count(), slot.parameter.grad().data(), learning_rate, options_.momentum,
                        slot.weight_decay, options_.nesterov, slot.parameter.mutable_data(), velocity);
}

}  // namespace gradus
