// What pages/playground_test.js holds the script of the playground against: runs of a hundred steps, each with its
// points, its batches, the weights that it began with, all losses, and the weights and running estimates at the end.
#include <gradus/core/io/json.h>
#include <gradus/examples/data/spirals.h>
#include <gradus/layers/batch_norm.h>
#include <gradus/layers/linear.h>
#include <gradus/layers/relu.h>
#include <gradus/layers/sequential.h>
#include <gradus/layers/sigmoid.h>
#include <gradus/layers/tanh.h>
#include <gradus/optim/adam.h>
#include <gradus/optim/muon.h>
#include <gradus/optim/rmsprop.h>
#include <gradus/optim/sgd.h>

#include <iostream>
#include <memory>

using namespace gradus;

namespace {

struct Config {
  std::vector<std::int64_t> hidden;
  std::string activation;
  bool batch_norm;
  std::string optimizer;
  double rate;
  std::int64_t batch;
};

const Config configs[] = {
    {{}, "tanh", false, "sgd", 0.5, 8},
    {{4}, "tanh", false, "sgd", 0.5, 8},
    {{8, 8}, "relu", true, "adam", 0.01, 16},
    {{6}, "sigmoid", true, "momentum", 0.1, 10},
    {{8, 4}, "tanh", true, "rmsprop", 0.003, 20},
    {{8}, "relu", false, "adamw", 0.01, 5},
    {{5, 5, 5}, "sigmoid", false, "adam", 0.03, 1},
    {{6}, "tanh", true, "nesterov", 0.1, 10},
    {{8, 4}, "tanh", false, "muon", 0.02, 20},
};

Sequential make_model(const Config& config, Rng& rng) {
  Sequential model;
  std::int64_t inputs = 2;
  for (const std::int64_t units : config.hidden) {
    model.add<Linear>(inputs, units, rng, LinearOptions{.bias = !config.batch_norm});
    if (config.batch_norm) model.add<BatchNorm1d>(units);
    if (config.activation == "tanh") model.add<Tanh>();
    if (config.activation == "relu") model.add<ReLU>();
    if (config.activation == "sigmoid") model.add<Sigmoid>();
    inputs = units;
  }
  model.add<Linear>(inputs, 2, rng);
  return model;
}

std::unique_ptr<Optimizer> make_optimizer(const Config& config, const std::vector<Parameter*>& parameters) {
  const double rate = config.rate;
  if (config.optimizer == "sgd") return std::make_unique<SGD>(parameters, SGDOptions{.learning_rate = rate});
  if (config.optimizer == "momentum") {
    return std::make_unique<SGD>(parameters, SGDOptions{.learning_rate = rate, .momentum = 0.9});
  }
  if (config.optimizer == "nesterov") {
    return std::make_unique<SGD>(parameters, SGDOptions{.learning_rate = rate, .momentum = 0.9, .nesterov = true});
  }
  if (config.optimizer == "muon") return std::make_unique<Muon>(parameters, MuonOptions{.learning_rate = rate});
  if (config.optimizer == "rmsprop")
    return std::make_unique<RMSprop>(parameters, RMSpropOptions{.learning_rate = rate});
  if (config.optimizer == "adam") return std::make_unique<Adam>(parameters, AdamOptions{.learning_rate = rate});
  return std::make_unique<AdamW>(parameters, AdamOptions{.learning_rate = rate});
}

JsonText state_of(const Module& model) {
  JsonText json = JsonText::written("{}");
  for (const auto& [key, value] : model.state_dict()) {
    if (const auto* tensor = std::get_if<Tensor>(&value)) json.add(key, tensor->values());
  }
  return json;
}

JsonText run(const Config& config) {
  Rng rng(1);
  const examples::Spirals points = examples::spirals(50, 2, 1.25, 0.02, rng);
  Sequential model = make_model(config, rng);
  const auto optimizer = make_optimizer(config, model.parameters());
  const JsonText start = state_of(model);
  JsonText losses = JsonText::written("[]"), batches = losses;
  Tape tape;
  for (int step = 0; step < 100; ++step) {
    std::vector<std::int64_t> places;
    std::vector<Scalar> x;
    std::vector<std::int32_t> labels;
    for (std::int64_t i = 0; i < config.batch; ++i) {
      const std::int64_t place = rng.below(points.x.size(0));
      places.push_back(place);
      for (const std::int64_t axis : {0, 1}) x.push_back(points.x.at({place, axis}));
      labels.push_back(points.labels[static_cast<std::size_t>(place)]);
    }
    const Variable loss = cross_entropy(model(tape.input(Tensor({config.batch, 2}, x))), labels);
    optimizer->zero_grad();
    tape.backward(loss);
    optimizer->step();
    losses.add(loss.item());
    batches.add(places);
    tape.clear();
  }
  return {{"config",
           {{"hidden", config.hidden},
            {"activation", config.activation},
            {"batchNorm", config.batch_norm},
            {"optimizer", config.optimizer},
            {"rate", config.rate}}},
          {"x", points.x.values()},
          {"labels", points.labels},
          {"batches", batches},
          {"start", start},
          {"losses", losses},
          {"end", state_of(model)}};
}

}  // namespace

int main() {
  std::cout << json_list(configs, run).str() << '\n';
  return 0;
}
