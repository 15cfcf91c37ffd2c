#include <gradus/core/error.h>
#include <gradus/optim/optimizer.h>

#include <algorithm>
#include <cmath>

namespace gradus {

Optimizer::Optimizer(const std::vector<ParameterGroup>& groups, double learning_rate, double weight_decay) {
  set_learning_rate(learning_rate);
  for (const ParameterGroup& group : groups) {
    const double decay = group.weight_decay.value_or(weight_decay);
    if (!(decay >= 0 && std::isfinite(decay))) fail("optimizer", "weight decay must not be negative, got ", decay);
    for (const Parameter* parameter : group.parameters) {
      const auto same = [&](const Slot& slot) { return slot.parameter.same_as(*parameter); };
      if (std::ranges::any_of(slots_, same)) fail("optimizer", "parameter ", parameter->name(), " is listed twice");
      slots_.push_back({parameter->share(), decay, group.learning_rate_factor, 0, {}});
    }
  }
  if (slots_.empty()) fail("optimizer", "there are no parameters to optimize");
}

void Optimizer::set_learning_rate(double rate) {
  if (!(rate >= 0 && std::isfinite(rate)))
    fail("optimizer", "learning rate must be finite and not negative, got ", rate);
  learning_rate_ = rate;
}

void Optimizer::step() {
  for (Slot& slot : slots_) {
    if (!slot.parameter.has_grad()) continue;
    ++slot.steps;
    update(slot, learning_rate_ * slot.learning_rate_factor);
  }
}

void Optimizer::zero_grad() {
  for (Slot& slot : slots_) slot.parameter.zero_grad();
}

Tensor& Optimizer::state(Slot& slot, std::size_t i) {
  while (slot.state.size() <= i) slot.state.push_back(Tensor::zeros(slot.parameter.shape()));
  return slot.state[i];
}

}  // namespace gradus
