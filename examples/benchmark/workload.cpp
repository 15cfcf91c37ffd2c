#include <gradus/examples/benchmark/workload.h>
#include <gradus/examples/names/model.h>
#include <gradus/examples/train_mnist/model.h>
#include <gradus/optim/adam.h>

#include <utility>

namespace gradus::examples {
namespace {

std::vector<std::int32_t> draw(Rng& rng, std::int64_t count, std::int64_t below) {
  std::vector<std::int32_t> numbers;
  for (std::int64_t i = 0; i < count; ++i) numbers.push_back(static_cast<std::int32_t>(rng.below(below)));
  return numbers;
}

// train_mnist's net on random pictures.
Workload picture_workload(const Options& options, std::int64_t batch, const Shape& image, std::int64_t classes) {
  Rng rng(1);
  auto net = std::make_unique<Sequential>(make_model(options, image, classes, rng));
  auto optimizer = std::make_unique<Adam>(net->parameters());
  const Tensor images = rng.uniform({batch, image.count()}, 0, 1);
  const std::vector<std::int32_t> labels = draw(rng, batch, classes);
  Sequential& model = *net;
  return Workload(std::move(net), std::move(optimizer),
                  [&model, images, labels](Tape& tape) { return cross_entropy(model(tape.input(images)), labels); });
}

}  // namespace

Workload::Workload(std::unique_ptr<Module> net, std::unique_ptr<Optimizer> optimizer,
                   std::function<Variable(Tape&)> loss)
    : net_(std::move(net)), optimizer_(std::move(optimizer)), loss_(std::move(loss)) {}

void Workload::forward_and_backward() {
  tape_.clear();
  const Variable loss = loss_(tape_);
  optimizer_->zero_grad();
  tape_.backward(loss);
}

void Workload::step() {
  forward_and_backward();
  update();
}

Workload mlp_workload(std::int64_t batch, const std::vector<std::int64_t>& sizes) {
  const std::vector<std::int64_t> hidden(sizes.begin() + 1, sizes.end() - 1);
  return picture_workload({.hidden = hidden, .dropout = 0}, batch, {1, sizes.front()}, sizes.back());
}

Workload cnn_workload(std::int64_t batch) {
  return picture_workload({.model = ModelKind::cnn, .channels = {16, 32}, .hidden = {}}, batch, {28, 28}, 10);
}

Workload names_workload(letters::NetKind kind) {
  constexpr std::int64_t batch = 32, letters = 27;
  Rng rng(1);
  std::unique_ptr<IndexLayer> net = letters::make_net(kind, letters, rng);
  std::unique_ptr<Optimizer> optimizer = letters::make_optimizer({.model = kind}, *net);
  const std::int64_t shown = letters::block(kind), guessed = kind == letters::NetKind::mlp ? 1 : shown;
  const std::vector<std::int32_t> x = draw(rng, batch * shown, letters), y = draw(rng, batch * guessed, letters);
  IndexLayer& model = *net;
  return Workload(std::move(net), std::move(optimizer), [&model, x, y, shown](Tape& tape) {
    const Variable logits = model(tape.indices(x, {batch, shown}));
    return cross_entropy(reshape(logits, {static_cast<std::int64_t>(y.size()), letters}), y);
  });
}

double flop(const Tape& tape) {
  double products = 0;
  for (int i = 0; i < tape.size(); ++i) {
    const Tape::Node& node = tape.node(i);
    if (node.operation != "linear" && node.operation != "conv2d" && node.operation != "matmul") continue;
    const Tape::Node &a = tape.node(node.inputs[0]), &b = tape.node(node.inputs[1]);
    // How many are added up for each element: the length of a's rows, or of a filter.
    const std::int64_t length = node.operation == "conv2d" ? b.shape.count() / b.shape[0] : a.shape[-1];
    products += static_cast<double>(node.shape.count() * length) * (1 + a.needs_grad + b.needs_grad);
  }
  return 2 * products;
}

}  // namespace gradus::examples
