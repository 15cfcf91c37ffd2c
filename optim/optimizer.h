// Optimizer: turns the gradients of parameters into steps.
//
// A step skips parameters that are frozen or without a gradient, and never changes a gradient. State (momenta) is kept
// by position: the order of the groups and of the parameters in them.
#pragma once

#include <gradus/core/autograd/parameter.h>
#include <gradus/core/io/state.h>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

namespace gradus {

// Parameters that share their settings.
struct ParameterGroup {
  std::vector<Parameter*> parameters;
  std::optional<double> weight_decay = {};  // instead of the optimizer's
  double learning_rate_factor = 1;          // times the optimizer's
};

// What an optimizer works on: groups, or parameters alone as one group. Both convert: SGD({&w, &b}).
class ParameterGroups {
 public:
  ParameterGroups(const std::vector<Parameter*>& parameters) : groups_{{.parameters = parameters}} {}
  ParameterGroups(std::initializer_list<Parameter*> parameters) : groups_{{.parameters = parameters}} {}
  ParameterGroups(const std::vector<ParameterGroup>& groups) : groups_(groups) {}
  ParameterGroups(std::initializer_list<ParameterGroup> groups) : groups_(groups) {}

  auto begin() const { return groups_.begin(); }
  auto end() const { return groups_.end(); }

 private:
  std::vector<ParameterGroup> groups_;
};

class Optimizer {
 public:
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  void step();
  void zero_grad();

  double learning_rate() const { return learning_rate_; }
  void set_learning_rate(double rate);  // for schedules; throws std::invalid_argument unless it is finite and >= 0

  // Steps taken and momenta, "0.steps" and "0.state.0" of the first slot, and "kind.adam", whose momenta they are.
  // Rates and other settings are the program's.
  StateDict state_dict() const;
  // Throws std::invalid_argument that lists what is missing, unexpected (the kind of another optimizer, too) or
  // misshapen; then nothing was loaded.
  void load_state_dict(const StateDict& state);

  // What the optimizer knows of one parameter.
  struct Slot {
    Parameter parameter;  // shared with the layer
    double weight_decay;
    double learning_rate_factor;
    std::int64_t steps = 0;     // taken with this parameter
    std::vector<Tensor> state;  // momenta, of the parameter's shape; empty before the first step
  };
  std::vector<Slot>& slots() { return slots_; }

 protected:
  // Throws std::invalid_argument if there are no parameters, one is null or listed twice, or a number is out of range.
  Optimizer(const ParameterGroups& groups, double learning_rate, double weight_decay);

  // Changes one parameter. slot.steps counts this step already: it is 1 at the first.
  virtual void update(Slot& slot, double learning_rate) = 0;
  // Whose momenta these are, such as "adam"; without it a state does not say so. An optimizer derived from another one,
  // whose momenta mean something else, overrides it too.
  virtual std::string kind() const { return {}; }
  // slot.state[i], made of zeros at the first step.
  static Tensor& state(Slot& slot, std::size_t i) {
    while (slot.state.size() <= i) slot.state.push_back(Tensor::zeros(slot.parameter.shape()));
    return slot.state[i];
  }

 private:
  std::vector<Slot> slots_;
  double learning_rate_;
};

}  // namespace gradus
