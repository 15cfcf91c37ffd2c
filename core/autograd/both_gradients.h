// What a gradient check compares, for a function f of some inputs and parameters: the gradients that the tape computes,
// and slopes, (f(x + h) - f(x - h)) / 2h for every element x. f's output is reduced to a scalar with random weights.
#pragma once

#include <gradus/core/autograd/gradcheck.h>
#include <gradus/core/tensor/random.h>

namespace gradus::detail {

using TapeFunction = std::function<Variable(Tape&, const std::vector<Variable>&)>;

class BothGradients {
 public:
  struct Slope {
    double value;
    double noise;  // what the rounding of the outputs that changed may have done to it
  };

  // One tensor whose gradient is checked: an element of it can be set, and its gradient is known in both ways.
  struct Target {
    std::string name;
    Tensor* value;         // an input of one of the forwards ...
    Parameter* parameter;  // ... or a parameter
    Tensor analytic;
    std::vector<Slope> numeric;  // of each element

    const Tensor& current() const { return parameter ? parameter->value() : *value; }
    void set(std::int64_t i, Scalar x) { (parameter ? parameter->mutable_data() : value->mutable_data())[i] = x; }
  };

  // All of these must outlive it.
  BothGradients(const TapeFunction& f, const std::vector<Parameter*>& parameters, const GradcheckOptions& options)
      : f_(f), parameters_(parameters), options_(options), rng_(options.seed) {}

  // Of all inputs and parameters, both: a forward for each list of inputs, then one backward; and the slopes.
  void compute(std::vector<std::vector<Tensor>> forwards, bool fill_gradients);

  std::vector<Target>& targets() { return targets_; }
  double largest_output() const { return largest_output_; }
  double step(const Target& target) const;  // how far its elements are varied

  // With element i at `left` and at `right`: (f(right) - f(left)) / (right - left).
  Slope between(Target& target, std::int64_t i, Scalar left, Scalar right);
  // With element i at x: (f(x + h) - f(x - h)) / 2h.
  Slope central(Target& target, std::int64_t i, double h);

 private:
  void collect_targets();
  void differentiate(bool fill_gradients);
  std::vector<Variable> forward(Tape& tape, std::vector<Variable>& leaves);
  std::vector<Tensor> outputs();

  const TapeFunction& f_;
  const std::vector<Parameter*>& parameters_;
  const GradcheckOptions& options_;
  Rng rng_;
  std::vector<std::vector<Tensor>> inputs_;  // of each forward
  std::vector<Tensor> weights_;              // of each forward's output
  double largest_output_ = 0;
  std::vector<Target> targets_;
};

// The larger; a NaN wins.
double larger(double a, double b);
double largest(const Tensor& t);  // of the absolute values

}  // namespace gradus::detail
