#include <gradus/examples/covariate_shift/network.h>
#include <gradus/layers/batch_norm.h>
#include <gradus/layers/linear.h>
#include <gradus/layers/sigmoid.h>

#include <algorithm>
#include <cmath>

namespace gradus::examples {
namespace {

constexpr std::ptrdiff_t kept_values = 1200;  // twenty batches of 60

void add_linear(Sequential& model, std::int64_t in, std::int64_t out, bool bias, double deviation, Rng& rng) {
  // Drawn first: the layer's own, which are replaced, are more if it has a bias.
  const Tensor weight = rng.normal({out, in}, 0, static_cast<Scalar>(deviation));
  Linear& linear = model.add<Linear>(in, out, rng, LinearOptions{.bias = bias});
  linear.weight().set_value(weight);
  if (bias) linear.bias()->set_value(Tensor::zeros({out}));
}

class Jitter : public Layer {
 public:
  explicit Jitter(std::uint64_t seed) : rng_(register_generator("rng", Rng(seed))) {}

 private:
  Variable forward(const Variable& x) override {
    if (!training()) return x;
    const Tensor scale = rng_.uniform({x.size(1)}, Scalar(0.5), Scalar(1.5));
    return x * x.tape()->input(scale) + x.tape()->input(rng_.uniform({x.size(1)}, -1, 1));
  }

  Rng& rng_;
};

}  // namespace

Network::Network(const NetworkOptions& options, Normalized normalized) : unit_(options.unit) {
  // A generator for each layer, so that both nets have the same weights at first.
  Rng seeds(options.seed);
  for (std::int64_t i = 0; i < hidden_layers; ++i) {
    Rng rng(seeds.next());
    add_linear(model_, i == 0 ? options.inputs : units, units, normalized == Normalized::no, options.deviation, rng);
    if (normalized != Normalized::no) model_.add<BatchNorm1d>(units);
    if (normalized == Normalized::with_noise) model_.add<Jitter>(options.seed + static_cast<std::uint64_t>(i));
    last_sigmoid_ = &model_.add<Sigmoid>();
  }
  Rng rng(seeds.next());
  add_linear(model_, units, options.classes, true, options.deviation, rng);
  optimizer_ = std::make_unique<SGD>(model_.parameters(), SGDOptions{.learning_rate = options.learning_rate});
}

double Network::train(const Batch& batch) {
  const Observer observer([this](const Module& layer, const Inputs& inputs, const Variable&) {
    if (&layer != last_sigmoid_) return;
    const Tensor& x = inputs[0].value();
    for (std::int64_t row = 0; row < x.size(0); ++row) seen_.push_back(x.at({row, unit_}));
  });
  tape_.clear();
  const Variable loss = cross_entropy(model_(tape_.input(batch.images)), batch.labels);
  optimizer_->zero_grad();
  tape_.backward(loss);
  optimizer_->step();
  if (std::ssize(seen_) > kept_values) seen_.erase(seen_.begin(), seen_.end() - kept_values);
  return loss.item();
}

Percentiles Network::sigmoid_input() const {
  std::vector<Scalar> values = seen_;
  std::ranges::sort(values);
  const auto at = [&](double fraction) {
    const double position = fraction * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::size_t>(position);
    const std::size_t above = std::min(below + 1, values.size() - 1);
    return std::lerp(static_cast<double>(values[below]), static_cast<double>(values[above]),
                     position - std::floor(position));
  };
  return {at(0.15), at(0.50), at(0.85)};
}

}  // namespace gradus::examples
