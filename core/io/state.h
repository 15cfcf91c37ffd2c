// State: names and values of everything that a trained model consists of, in order of registration.
//
// A checkpoint puts the states of several parts into one, each under a name of its own. So a program that can be
// stopped and go on, to the bit, needs little more than
//
//   Checkpoint c;
//   add_part(c.state, "model", model.state_dict());
//   add_part(c.state, "optimizer", optimizer.state_dict());
//   add_part(c.state, "random", model.random_state());  // dropout's generators
//   c.state.emplace_back("generator", random_state(rng));
//   save_checkpoint("run.ckpt", c);
//
// and to go on
//
//   StateDict state = load_checkpoint("run.ckpt").state;
//   model.load_state_dict(take_part(state, "model"));
//   optimizer.load_state_dict(take_part(state, "optimizer"));
//   model.load_random_state(take_part(state, "random"));
//   rng.set_state(random_state(take<std::vector<std::int64_t>>(state, "generator")));
#pragma once

#include <gradus/core/tensor/random.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace gradus {

// Counters are integers, random states and orders lists of integers.
using StateValue = std::variant<Tensor, std::int64_t, std::vector<std::int64_t>>;
using StateDict = std::vector<std::pair<std::string, StateValue>>;

const StateValue* find(const StateDict& state, std::string_view key);  // null if it is missing

// Adds a part's entries, "weight" as "part.weight"; takes them out again, as "weight".
void add_part(StateDict& whole, const std::string& part, const StateDict& state);
StateDict take_part(StateDict& whole, const std::string& part);

// Takes the value under a key out of the state. Throws std::runtime_error if it is missing or of another type.
template <class T>
T take(StateDict& state, const std::string& key);

std::vector<std::int64_t> random_state(const Rng& rng);
// Throws std::runtime_error unless it is the state of a generator.
Rng::State random_state(const std::vector<std::int64_t>& words);

// Looks a state up for something that exists already, and collects all that does not fit, so that a state is loaded
// whole or not at all: read everything, check, then set.
class StateReader {
 public:
  explicit StateReader(const StateDict& state) : state_(state), used_(state.size(), false) {}

  // Each is null, and a problem noted, if the entry is missing or of another type or shape.
  const Tensor* tensor(const std::string& key, const Shape& shape);
  const std::int64_t* count(const std::string& key);  // an integer, not negative
  std::optional<Rng::State> random(const std::string& key);
  bool has(const std::string& key) const { return find(state_, key); }

  void note(const std::string& problem) { problems_ += "; " + problem; }
  // Throws std::invalid_argument that lists the problems, and the entries nobody asked for.
  void check(const char* operation);

 private:
  const StateValue* value(const std::string& key);

  const StateDict& state_;
  std::vector<bool> used_;
  std::string problems_;
};

}  // namespace gradus
