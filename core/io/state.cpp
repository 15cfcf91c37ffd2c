#include <gradus/core/error.h>
#include <gradus/core/io/state.h>

#include <algorithm>
#include <stdexcept>

namespace gradus {
namespace {

template <class... Parts>
[[noreturn]] void refuse(const Parts&... parts) {
  throw std::runtime_error(text(parts...));
}

const char* what_it_is(const StateValue& value) {
  return std::holds_alternative<Tensor>(value)         ? "a tensor"
         : std::holds_alternative<std::int64_t>(value) ? "an integer"
                                                       : "a list";
}

}  // namespace

const StateValue* find(const StateDict& state, std::string_view key) {
  const auto found = std::ranges::find(state, key, &StateDict::value_type::first);
  return found == state.end() ? nullptr : &found->second;
}

void add_part(StateDict& whole, const std::string& part, const StateDict& state) {
  for (const auto& [key, value] : state) whole.emplace_back(part + '.' + key, value);
}

StateDict take_part(StateDict& whole, const std::string& part) {
  StateDict state;
  const auto of_part = [&](const auto& entry) { return entry.first.starts_with(part + '.'); };
  for (auto& entry : whole) {
    if (of_part(entry)) state.emplace_back(entry.first.substr(part.size() + 1), std::move(entry.second));
  }
  std::erase_if(whole, of_part);
  return state;
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

const StateValue* StateReader::value(const std::string& key) {
  const auto entry = std::ranges::find(state_, key, &StateDict::value_type::first);
  if (entry == state_.end()) {
    note("missing " + key);
    return nullptr;
  }
  used_[static_cast<std::size_t>(entry - state_.begin())] = true;
  return &entry->second;
}

const Tensor* StateReader::tensor(const std::string& key, const Shape& shape) {
  const StateValue* found = value(key);
  const Tensor* t = found ? std::get_if<Tensor>(found) : nullptr;
  if (t && t->shape() == shape) return t;
  if (found) note(text(key, " should be ", shape, ", got ", t ? text(t->shape()) : what_it_is(*found)));
  return nullptr;
}

const std::int64_t* StateReader::count(const std::string& key) {
  const StateValue* found = value(key);
  const std::int64_t* count = found ? std::get_if<std::int64_t>(found) : nullptr;
  if (found && !count) note(text(key, " should be an integer, got ", what_it_is(*found)));
  if (count && *count < 0) note(text(key, " is negative: ", *count));
  return count;
}

std::optional<Rng::State> StateReader::random(const std::string& key) {
  const StateValue* found = value(key);
  if (!found) return {};
  const auto* words = std::get_if<std::vector<std::int64_t>>(found);
  if (!words) {
    note(text(key, " should be a list, got ", what_it_is(*found)));
    return {};
  }
  try {
    return random_state(*words);
  } catch (const std::runtime_error& error) {
    note(text(key, ": ", error.what()));
    return {};
  }
}

void StateReader::check(const char* operation) {
  for (std::size_t i = 0; i < state_.size(); ++i) {
    if (!used_[i]) note("unexpected " + state_[i].first);
  }
  if (!problems_.empty()) fail(operation, "nothing was loaded", problems_);
}

}  // namespace gradus
