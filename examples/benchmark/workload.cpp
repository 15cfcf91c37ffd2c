#include <gradus/examples/benchmark/workload.h>
#include <gradus/layers/batch_norm.h>
#include <gradus/layers/linear.h>
#include <gradus/layers/relu.h>

namespace gradus::examples {
namespace {

Sequential make_model(const std::vector<std::int64_t>& sizes) {
  Rng rng(1);
  Sequential model;
  for (std::size_t i = 0; i + 2 < sizes.size(); ++i) {
    model.add<Linear>(sizes[i], sizes[i + 1], rng, LinearOptions{.bias = false});
    model.add<BatchNorm1d>(sizes[i + 1]);
    model.add<ReLU>();
  }
  model.add<Linear>(sizes[sizes.size() - 2], sizes.back(), rng);
  return model;
}

}  // namespace

Workload::Workload(std::int64_t batch, const std::vector<std::int64_t>& sizes)
    : model_(make_model(sizes)), optimizer_(model_.parameters()), batch_(batch), sizes_(sizes) {
  Rng rng(2);
  images_ = rng.uniform({batch, sizes.front()}, 0, 1);
  for (std::int64_t i = 0; i < batch; ++i) labels_.push_back(static_cast<std::int32_t>(rng.below(sizes.back())));
}

void Workload::forward_and_backward() {
  tape_.clear();
  const Variable loss = cross_entropy(model_(tape_.input(images_)), labels_);
  optimizer_.zero_grad();
  tape_.backward(loss);
}

void Workload::step() {
  forward_and_backward();
  update();
}

double Workload::flop() const {
  double products = 0;
  for (std::size_t i = 0; i + 1 < sizes_.size(); ++i) {
    products += (i == 0 ? 2.0 : 3.0) * static_cast<double>(sizes_[i]) * static_cast<double>(sizes_[i + 1]);
  }
  return 2 * static_cast<double>(batch_) * products;
}

}  // namespace gradus::examples
