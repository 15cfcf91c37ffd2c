#include <gradus/core/error.h>
#include <gradus/examples/training/state.h>

#include <stdexcept>

namespace gradus::examples {
namespace {

void load(const StateDict& model_state, const StateDict& random, const StateDict& optimizer_state, Module& model,
          Optimizer& optimizer) {
  model.load_state_dict(model_state);
  model.load_random_state(random);
  optimizer.load_state_dict(optimizer_state);
}

}  // namespace

StateDict training_state(const Module& model, const Optimizer& optimizer) {
  StateDict state;
  add_part(state, "model", model.state_dict());
  add_part(state, "generator", model.random_state());
  add_part(state, "optimizer", optimizer.state_dict());
  return state;
}

void restore_training_state(StateDict state, Module& model, Optimizer& optimizer) {
  const StateDict model_state = take_part(state, "model"), random = take_part(state, "generator"),
                  optimizer_state = take_part(state, "optimizer");
  if (!state.empty()) throw std::runtime_error("unexpected " + state[0].first);
  const StateDict old_model = model.state_dict(), old_random = model.random_state();
  try {
    load(model_state, random, optimizer_state, model, optimizer);
  } catch (const std::invalid_argument& error) {
    load(old_model, old_random, optimizer.state_dict(), model, optimizer);
    throw std::runtime_error(error.what());
  }
}

}  // namespace gradus::examples
