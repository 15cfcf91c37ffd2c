#include <gradus/core/error.h>
#include <gradus/core/tensor/arithmetic.h>
#include <gradus/examples/mutate/checks.h>
#include <gradus/layers/linear.h>
#include <gradus/layers/state_guard.h>
#include <gradus/optim/adam.h>

#include <algorithm>
#include <cmath>

namespace gradus::examples {
namespace {

double largest(const Tensor& t) {
  double result = 0;
  for (const Scalar x : t.values()) result = std::max(result, std::abs(static_cast<double>(x)));
  return result;
}

}  // namespace

double gradient_error(Module& module, const LayerFunction& f, Tensor x, const LossOf& loss) {
  const StateGuard state(module);
  module.zero_grad();
  Tape tape;
  const Variable input = tape.variable(x);
  tape.backward(loss(f(input)));

  const auto value = [&] {
    state.restore();
    Tape inference(Recording::off);
    return static_cast<double>(loss(f(inference.input(x))).item());
  };
  double overall = 0;
  std::vector<std::pair<double, double>> sizes_and_errors;  // of x and of each parameter
  const auto compare = [&](const Tensor& analytic, const Tensor& at, const auto& data) {
    const double size = largest(at), h = 6e-6 * (size > 0 ? size : 1);
    Tensor numeric = Tensor::zeros(at.shape());
    for (std::int64_t i = 0; i < numeric.count(); ++i) {
      const Scalar center = data()[i];
      data()[i] = static_cast<Scalar>(center + h);
      const double above = value();
      data()[i] = static_cast<Scalar>(center - h);
      numeric.mutable_data()[i] = static_cast<Scalar>((above - value()) / (2 * h));
      data()[i] = center;
    }
    overall = std::max(overall, largest(numeric));
    sizes_and_errors.emplace_back(largest(numeric), largest(analytic - numeric));
  };
  compare(input.has_grad() ? input.grad() : Tensor::zeros(x.shape()), x, [&] { return x.mutable_data(); });
  for (Parameter* p : module.parameters()) {
    if (p->frozen()) continue;
    compare(p->has_grad() ? p->grad() : Tensor::zeros(p->shape()), p->value(), [&] { return p->mutable_data(); });
  }
  module.zero_grad();

  double worst = 0;
  // A gradient that is zero in theory is rounding noise in practice: compare it with the others.
  for (const auto& [size, error] : sizes_and_errors) worst = std::max(worst, error / std::max(size, 1e-2 * overall));
  return worst;
}

double loss_after_training(Module& module, const LayerFunction& f, const Shape& x, int steps, std::uint64_t seed) {
  const StateGuard state(module);
  std::vector<Tensor> before;
  for (const Parameter* p : module.parameters()) before.push_back(p->value());

  Rng rng(seed);
  const std::int64_t n = x[0], width = x[-1];
  std::vector<Tensor> data, targets;  // of a few batches
  const Tensor direction = rng.normal({x.count() / n, 1});
  for (int i = 0; i < 8; ++i) {
    data.push_back(rng.normal(x));
    targets.push_back(tanh(matmul(data.back().reshape({n, -1}), direction)));
  }

  Linear first(width, width, rng);
  const auto middle = [&](Tape& tape, const Tensor& batch) {  // [n, rest]
    const Variable y = f(reshape(first(tape.input(batch.reshape({-1, width}))), x));
    if (y.rank() == 0 || y.size(0) != n) {
      fail("mutate", "a row of x is a sample, and y must have as many: x is ", x, ", y ", y.shape());
    }
    return tanh(reshape(y, {n, -1}));
  };
  Tape tape;
  Linear last(middle(tape, data[0]).size(1), 1, rng);
  std::vector<Parameter*> parameters = module.parameters();
  for (Layer* layer : {&first, &last}) {
    for (Parameter* p : layer->parameters()) parameters.push_back(p);
  }
  Adam optimizer(parameters, {.learning_rate = 1e-2});
  double total = 0;
  for (int step = 0; step < steps && std::isfinite(total); ++step) {
    tape.clear();
    const auto i = static_cast<std::size_t>(step) % data.size();
    if (i == 0) total = 0;  // of the latest round
    const Variable loss = mse(last(middle(tape, data[i])), tape.input(targets[i]));
    total += static_cast<double>(loss.item());
    optimizer.zero_grad();
    tape.backward(loss);
    optimizer.step();
  }
  module.zero_grad();
  std::size_t i = 0;
  for (Parameter* p : module.parameters()) p->set_value(before[i++]);
  return total / static_cast<double>(data.size());
}

}  // namespace gradus::examples
