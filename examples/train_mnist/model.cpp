#include <gradus/core/error.h>
#include <gradus/examples/command_line/program.h>
#include <gradus/examples/train_mnist/model.h>
#include <gradus/layers/batch_norm.h>
#include <gradus/layers/conv2d.h>
#include <gradus/layers/dropout.h>
#include <gradus/layers/flatten.h>
#include <gradus/layers/linear.h>
#include <gradus/layers/max_pool2d.h>
#include <gradus/layers/relu.h>
#include <gradus/optim/muon.h>
#include <gradus/optim/rmsprop.h>
#include <gradus/optim/sgd.h>

#include <algorithm>

namespace gradus::examples {

namespace {

// The blocks of a convolutional net; returns how many numbers come out of them for an image.
std::int64_t add_blocks(Sequential& model, const Options& options, const Shape& image, Rng& rng) {
  std::int64_t rows = image[0], columns = image[1], channels = 1;
  model.add<Unflatten>(Shape{1, rows, columns});
  for (const std::int64_t next : options.channels) {
    if (rows < 2 || columns < 2) {
      throw UsageError("--channels", text("each block halves the image, and ", image[0], "x", image[1],
                                          " cannot be halved ", options.channels.size(), " times"));
    }
    model.add<Conv2d>(channels, next, 3, rng, Conv2dOptions{.padding = 1, .bias = options.no_bn});
    if (!options.no_bn) model.add<BatchNorm2d>(next);
    model.add<ReLU>();
    model.add<MaxPool2d>(2);
    channels = next;
    rows /= 2;
    columns /= 2;
  }
  model.add<Flatten>();
  return channels * rows * columns;
}

}  // namespace

Sequential make_model(const Options& options, const Shape& image, std::int64_t classes, Rng& rng) {
  Sequential model;
  std::int64_t inputs = image.count();
  if (options.model == ModelKind::cnn) inputs = add_blocks(model, options, image, rng);
  for (const std::int64_t size : options.hidden) {
    model.add<Linear>(inputs, size, rng, LinearOptions{.bias = options.no_bn});
    if (!options.no_bn) model.add<BatchNorm1d>(size);
    model.add<ReLU>();
    if (options.dropout > 0) model.add<Dropout>(static_cast<Scalar>(options.dropout), rng);
    inputs = size;
  }
  model.add<Linear>(inputs, classes, rng);
  return model;
}

std::unique_ptr<Optimizer> make_optimizer(const Options& options, Layer& model) {
  ParameterGroup weights = {.parameters = {}, .weight_decay = options.weight_decay};
  ParameterGroup others = {.parameters = {}, .weight_decay = 0};
  for (Parameter* parameter : model.parameters()) {
    (parameter->shape().rank() >= 2 ? weights : others).parameters.push_back(parameter);
  }
  const std::vector<ParameterGroup> groups = {weights, others};
  const double rate = options.learning_rate;
  switch (options.optimizer) {
    case OptimizerKind::sgd:
      return std::make_unique<SGD>(groups, SGDOptions{.learning_rate = rate, .momentum = options.momentum});
    case OptimizerKind::adam:
      return std::make_unique<Adam>(groups, AdamOptions{.learning_rate = rate});
    case OptimizerKind::rmsprop:
      return std::make_unique<RMSprop>(groups, RMSpropOptions{.learning_rate = rate});
    case OptimizerKind::muon:
      return std::make_unique<Muon>(groups, MuonOptions{.learning_rate = rate});
    case OptimizerKind::adamw:
      break;
  }
  return std::make_unique<AdamW>(groups, AdamOptions{.learning_rate = rate});
}

Schedule make_schedule(const Options& options, std::int64_t steps) {
  const std::int64_t rest = std::max<std::int64_t>(1, steps - options.warm_up);
  switch (options.schedule) {
    case ScheduleKind::constant:
      return with_warm_up(options.warm_up, constant_schedule());
    case ScheduleKind::step:  // a tenth after each third of the training
      return with_warm_up(options.warm_up, step_schedule((rest + 2) / 3));
    case ScheduleKind::cosine:
      return with_warm_up(options.warm_up, cosine_schedule(rest));
    case ScheduleKind::one_cycle:
      break;
  }
  return with_warm_up(options.warm_up, one_cycle_schedule(rest));
}

}  // namespace gradus::examples
