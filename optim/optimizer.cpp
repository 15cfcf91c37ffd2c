#include <gradus/core/error.h>
#include <gradus/optim/optimizer.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

namespace gradus {
namespace {

double checked(const char* what, double number) {
  if (!(number >= 0 && std::isfinite(number))) {
    fail("optimizer", what, " must be finite and not negative, got ", number);
  }
  // Beyond, it would be infinite in the kernels, and infinity times a gradient of 0 is NaN.
  constexpr double most = std::numeric_limits<Scalar>::max();
  if (number > most) fail("optimizer", what, " must be at most ", most, ", got ", number);
  return number;
}

}  // namespace

Optimizer::Optimizer(const ParameterGroups& groups, double learning_rate, double weight_decay) {
  set_learning_rate(learning_rate);
  for (const ParameterGroup& group : groups) {
    const double decay = checked("weight decay", group.weight_decay.value_or(weight_decay));
    const double factor = checked("learning rate factor", group.learning_rate_factor);
    for (const Parameter* parameter : group.parameters) {
      if (!parameter) fail("optimizer", "parameter ", slots_.size(), " is null");
      const auto same = [&](const Slot& slot) { return slot.parameter.same_as(*parameter); };
      if (std::ranges::any_of(slots_, same)) fail("optimizer", "parameter ", parameter->name(), " is listed twice");
      slots_.push_back({parameter->share(), decay, factor, 0, {}});
    }
  }
  if (slots_.empty()) fail("optimizer", "there are no parameters to optimize");
}

void Optimizer::set_learning_rate(double rate) { learning_rate_ = checked("learning rate", rate); }

void Optimizer::step() {
  for (Slot& slot : slots_) {
    if (!slot.parameter.has_grad() || slot.parameter.frozen()) continue;
    ++slot.steps;
    update(slot, learning_rate_ * slot.learning_rate_factor);
  }
}

StateDict Optimizer::state_dict() const {
  StateDict state;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    state.emplace_back(text(i, ".steps"), slots_[i].steps);
    for (std::size_t j = 0; j < slots_[i].state.size(); ++j) {
      state.emplace_back(text(i, ".state.", j), slots_[i].state[j]);
    }
  }
  if (!kind().empty()) state.emplace_back("kind." + kind(), std::int64_t{1});
  return state;
}

void Optimizer::load_state_dict(const StateDict& state) {
  StateReader reader(state);
  const auto is_kind = [](const auto& entry) { return entry.first.starts_with("kind."); };
  if (!kind().empty() && std::ranges::any_of(state, is_kind)) reader.count("kind." + kind());  // older ones have none
  std::vector<std::pair<std::int64_t, std::vector<Tensor>>> read;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const std::int64_t* steps = reader.count(text(i, ".steps"));
    auto& [taken, momenta] = read.emplace_back(steps ? *steps : 0, 0);
    for (std::size_t j = 0; reader.has(text(i, ".state.", j)); ++j) {
      const Tensor* t = reader.tensor(text(i, ".state.", j), slots_[i].parameter.shape());
      momenta.push_back(t ? *t : Tensor());
    }
  }
  reader.check("optimizer");
  for (std::size_t i = 0; i < slots_.size(); ++i) std::tie(slots_[i].steps, slots_[i].state) = std::move(read[i]);
}

void Optimizer::zero_grad() {
  for (Slot& slot : slots_) slot.parameter.zero_grad();
}

}  // namespace gradus
