#include <gradus/core/autograd/both_gradients.h>
#include <gradus/core/error.h>

#include <cmath>
#include <limits>
#include <utility>

namespace gradus::detail {

double larger(double a, double b) { return b <= a || std::isnan(a) ? a : b; }

double largest(const Tensor& t) {
  double result = 0;
  for (const Scalar x : t.values()) result = larger(result, std::abs(static_cast<double>(x)));
  return result;
}

void BothGradients::compute(std::vector<std::vector<Tensor>> forwards, bool fill_gradients) {
  inputs_ = std::move(forwards);
  weights_.clear();
  collect_targets();
  differentiate(fill_gradients);
  for (Target& target : targets_) {
    for (std::int64_t i = 0; i < target.analytic.count(); ++i) {
      target.numeric.push_back(central(target, i, step(target)));
    }
  }
}

void BothGradients::differentiate(bool fill_gradients) {
  std::vector<Tensor> before;
  for (Parameter* p : parameters_) {
    before.push_back(fill_gradients ? rng_.normal(p->shape()) : Tensor::zeros(p->shape()));
    p->zero_grad();
    if (fill_gradients) p->set_grad(before.back());
  }
  Tape tape;
  std::vector<Variable> leaves;
  Variable loss = tape.input(Tensor(0));  // sum over forwards of sum(f(inputs) * random weights)
  largest_output_ = 0;
  for (const Variable& y : forward(tape, leaves)) {
    weights_.push_back(rng_.normal(y.shape()));
    loss = loss + sum(y * tape.input(weights_.back()));
    largest_output_ = larger(largest_output_, largest(y.value()));
  }
  if (loss.needs_grad()) tape.backward(loss);
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    targets_[i].analytic = leaves[i].has_grad() ? leaves[i].grad() : Tensor::zeros(leaves[i].shape());
  }
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Parameter& p = *parameters_[i];
    targets_[leaves.size() + i].analytic = p.has_grad() ? p.grad() - before[i] : Tensor::zeros(p.shape());
  }
}

void BothGradients::collect_targets() {
  targets_.clear();
  for (std::size_t call = 0; call < inputs_.size(); ++call) {
    for (std::size_t i = 0; i < inputs_[call].size(); ++i) {
      const std::string forward = inputs_.size() > 1 ? text(" of forward ", call + 1) : "";
      targets_.push_back({text("input ", i, forward), &inputs_[call][i], nullptr, {}, {}});
    }
  }
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    targets_.push_back({text("parameter ", i, " (", parameters_[i]->name(), ')'), nullptr, parameters_[i], {}, {}});
  }
}

// The outputs of f, one for each list of inputs.
std::vector<Variable> BothGradients::forward(Tape& tape, std::vector<Variable>& leaves) {
  if (options_.restore) options_.restore();
  std::vector<Variable> outputs;
  for (const std::vector<Tensor>& tensors : inputs_) {
    std::vector<Variable> inputs;
    for (const Tensor& x : tensors) inputs.push_back(tape.variable(x));
    leaves.insert(leaves.end(), inputs.begin(), inputs.end());
    outputs.push_back(f_(tape, inputs));
  }
  return outputs;
}

std::vector<Tensor> BothGradients::outputs() {
  Tape tape(Recording::off);
  std::vector<Variable> leaves;
  std::vector<Tensor> values;
  for (const Variable& y : forward(tape, leaves)) {
    const Shape& shape = weights_[values.size()].shape();
    if (y.shape() != shape) fail("gradcheck", "f returned first ", shape, ", then ", y.shape());
    values.push_back(y.value());
  }
  return values;
}

double BothGradients::step(const Target& target) const {
  const double size = largest(target.current());
  return options_.step * (size > 0 ? size : 1);
}

// The outputs are subtracted one by one: those that do not depend on the element cancel to 0, where a difference of two
// sums would leave rounding errors.
BothGradients::Slope BothGradients::between(Target& target, std::int64_t i, Scalar left, Scalar right) {
  const Scalar x = target.current().data()[i];
  target.set(i, right);
  const std::vector<Tensor> above = outputs();
  target.set(i, left);
  const std::vector<Tensor> below = outputs();
  target.set(i, x);
  constexpr double epsilon = std::numeric_limits<Scalar>::epsilon();
  double difference = 0, rounding = 0;
  for (std::size_t call = 0; call < weights_.size(); ++call) {
    for (std::int64_t k = 0; k < weights_[call].count(); ++k) {
      const double weight = weights_[call].data()[k], high = above[call].data()[k], low = below[call].data()[k];
      difference += weight * (high - low);
      if (high != low) rounding += std::abs(weight) * epsilon * (std::abs(high) + std::abs(low));
    }
  }
  const double distance = static_cast<double>(right) - static_cast<double>(left);
  return {difference / distance, rounding / distance};
}

BothGradients::Slope BothGradients::central(Target& target, std::int64_t i, double h) {
  const Scalar x = target.current().data()[i];
  return between(target, i, x - static_cast<Scalar>(h), x + static_cast<Scalar>(h));
}

}  // namespace gradus::detail
