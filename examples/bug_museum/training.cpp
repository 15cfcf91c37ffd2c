#include <gradus/core/io/predictions.h>
#include <gradus/examples/bug_museum/training.h>
#include <gradus/examples/data/spirals.h>
#include <gradus/examples/training/evaluation.h>
#include <gradus/layers/linear.h>
#include <gradus/layers/relu.h>
#include <gradus/layers/sequential.h>
#include <gradus/optim/adam.h>
#include <gradus/optim/sgd.h>

#include <cmath>

namespace gradus::examples {
namespace {

void add_layers(Sequential& model, std::int64_t inputs, std::int64_t hidden, std::int64_t classes, Bug bug, Rng& rng) {
  std::int64_t width = inputs;
  for (int i = 0; i < 2; ++i) {
    model.add<Linear>(width, hidden, rng, LinearOptions{.bias = false});
    model.add<BrokenBatchNorm1d>(hidden, bug);
    model.add<ReLU>();
    width = hidden;
  }
  model.add<Linear>(width, classes, rng);
}

// Returns the loss.
double train_step(Layer& model, Optimizer& optimizer, Tape& tape, const Tensor& x,
                  std::span<const std::int32_t> labels) {
  tape.clear();
  const Variable loss = cross_entropy(model(tape.input(x)), labels);
  optimizer.zero_grad();
  tape.backward(loss);
  optimizer.step();
  return loss.item();
}

}  // namespace

Outcome train_on_spirals(Bug bug, int steps, std::uint64_t seed) {
  Rng rng(seed);
  const Spirals train = spirals(120, 3, 1.25, 0.02, rng), test = spirals(120, 3, 1.25, 0.02, rng);
  Sequential model;
  add_layers(model, 2, 32, 3, bug, rng);
  Adam optimizer(model.parameters(), {.learning_rate = 3e-3});
  Tape tape;
  Outcome outcome;
  for (int step = 0; step < steps && !outcome.diverged; ++step) {
    outcome.losses.push_back(train_step(model, optimizer, tape, train.x, train.labels));
    outcome.diverged = !std::isfinite(outcome.losses.back());
  }
  if (!outcome.diverged) outcome.accuracy = accuracy(infer(model, test.x), test.labels);
  return outcome;
}

Outcome train_on_mnist(Bug bug, const Dataset& data, int steps, std::uint64_t seed) {
  Rng rng(seed);
  Batches train(data.train, 64), test(data.test, 500);
  Sequential model;
  add_layers(model, data.train.image_size(), 64, data.train.classes, bug, rng);
  SGD optimizer(model.parameters(), {.learning_rate = 0.05, .momentum = 0.9});
  Tape tape;
  Outcome outcome;
  for (int step = 0; step < steps && !outcome.diverged; ++step) {
    const std::int64_t position = step % train.full_batches();
    if (position == 0) train.shuffle(rng);
    const Batch batch = train[position];
    outcome.losses.push_back(train_step(model, optimizer, tape, batch.images, batch.labels));
    outcome.diverged = !std::isfinite(outcome.losses.back());
  }
  if (!outcome.diverged) outcome.accuracy = evaluate(model, test).accuracy();
  return outcome;
}

}  // namespace gradus::examples
