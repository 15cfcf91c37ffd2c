#include <gradus/core/error.h>
#include <gradus/core/io/safetensors.h>
#include <gradus/examples/training/state.h>

#include <algorithm>
#include <stdexcept>
#include <tuple>

namespace gradus::examples {
namespace {

template <class... Parts>
[[noreturn]] void refuse(const Parts&... parts) {
  throw std::runtime_error(text(parts...));
}

std::string slot_key(std::size_t slot, const std::string& what) { return text("optimizer.", slot, '.', what); }
std::string state_key(std::size_t slot, std::size_t i) { return slot_key(slot, text("state.", i)); }

}  // namespace

StateDict training_state(const Module& model, Optimizer& optimizer) {
  StateDict state;
  for (const auto& [key, value] : model.state_dict()) state.emplace_back("model." + key, value);
  for (const auto& [key, rng] : model.generators()) state.emplace_back("generator." + key, random_state(*rng));
  for (std::size_t i = 0; i < optimizer.slots().size(); ++i) {
    const Optimizer::Slot& slot = optimizer.slots()[i];
    state.emplace_back(slot_key(i, "steps"), slot.steps);
    for (std::size_t j = 0; j < slot.state.size(); ++j) state.emplace_back(state_key(i, j), slot.state[j]);
  }
  return state;
}

void restore_training_state(StateDict state, Module& model, Optimizer& optimizer) {
  StateDict of_model;
  for (auto& [key, value] : state) {
    if (key.starts_with("model.")) of_model.emplace_back(key.substr(6), std::move(value));
  }
  std::erase_if(state, [](const auto& entry) { return entry.first.starts_with("model."); });

  std::vector<std::pair<Rng*, Rng::State>> generators;
  for (const auto& [key, rng] : model.generators()) {
    generators.emplace_back(rng, random_state(take<std::vector<std::int64_t>>(state, "generator." + key)));
  }
  std::vector<std::pair<std::int64_t, std::vector<Tensor>>> slots;
  for (const Optimizer::Slot& slot : optimizer.slots()) {
    const std::size_t i = slots.size();
    auto& [steps, moments] = slots.emplace_back(take<std::int64_t>(state, slot_key(i, "steps")), 0);
    if (steps < 0) refuse(slot_key(i, "steps"), " is negative: ", steps);
    for (std::string key = state_key(i, 0); find(state, key); key = state_key(i, moments.size())) {
      moments.push_back(take<Tensor>(state, key));
      const Shape &is = moments.back().shape(), &should_be = slot.parameter.shape();
      if (is != should_be) refuse(key, " should be ", should_be, ", got ", is);
    }
  }
  if (!state.empty()) refuse("unexpected ", state[0].first);

  try {
    model.load_state_dict(of_model);
  } catch (const std::invalid_argument& error) {
    refuse(error.what());
  }
  for (const auto& [rng, words] : generators) rng->set_state(words);
  for (std::size_t i = 0; i < slots.size(); ++i) {
    std::tie(optimizer.slots()[i].steps, optimizer.slots()[i].state) = std::move(slots[i]);
  }
}

template <class T>
T take(StateDict& state, const std::string& key) {
  const auto entry = std::ranges::find(state, key, &StateDict::value_type::first);
  if (entry == state.end()) refuse("missing ", key);
  T* value = std::get_if<T>(&entry->second);
  if (!value) refuse(key, " is of another type");
  T result = std::move(*value);
  state.erase(entry);
  return result;
}
template Tensor take(StateDict&, const std::string&);
template std::int64_t take(StateDict&, const std::string&);
template std::vector<std::int64_t> take(StateDict&, const std::string&);

std::vector<std::int64_t> random_state(const Rng& rng) { return {rng.state().begin(), rng.state().end()}; }

Rng::State random_state(const std::vector<std::int64_t>& words) {
  Rng::State state;
  if (words.size() != state.size()) refuse("random state has ", words.size(), " numbers instead of ", state.size());
  std::ranges::transform(words, state.begin(), [](std::int64_t word) { return static_cast<std::uint64_t>(word); });
  // From zeros alone xoshiro makes only zeros.
  if (std::ranges::count(words, 0) == 4) refuse("random state is zero");
  return state;
}

}  // namespace gradus::examples
