// Against PyTorch: reference.safetensors holds what it computes in double. Run in both builds.
#include "reference/reference.h"
#include "distance.h"

#include <gradus/examples/batchnorm_derivation/forms.h>
#include <gradus/layers/linear.h>
#include <gradus/layers/relu.h>
#include <gradus/layers/sequential.h>
#include <gradus/optim/adam.h>
#include <gradus/optim/clip.h>
#include <gradus/optim/schedule.h>
#include <gradus/optim/sgd.h>

#include <gtest/gtest.h>

#include <functional>
#include <memory>

using namespace gradus;
using examples::BatchNormForm;

namespace {

// Of a tensor's norm.
constexpr double tolerance = sizeof(Scalar) == 4 ? 1e-5 : 1e-12;

void expect_close(const Tensor& ours, const std::string& name) {
  EXPECT_LE(distance(ours, reference()(name)), tolerance) << name;
}

// Keys, their order, shapes and numbers.
void expect_state(const Layer& model, const std::string& prefix) {
  const StateDict ours = model.state_dict(), theirs = reference().all(prefix);
  ASSERT_EQ(ours.size(), theirs.size()) << prefix;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    const auto& [name, value] = ours[i];
    ASSERT_EQ(name, theirs[i].first) << prefix;
    ASSERT_EQ(value.index(), theirs[i].second.index()) << prefix << ' ' << name;
    if (const auto* count = std::get_if<std::int64_t>(&value)) {
      EXPECT_EQ(*count, std::get<std::int64_t>(theirs[i].second)) << prefix << ' ' << name;
    } else {
      expect_close(std::get<Tensor>(value), prefix + "." + name);
    }
  }
}

void expect_gradients(const Layer& model, const std::string& prefix) {
  const auto theirs = reference().all(prefix);
  const auto ours = model.named_parameters();
  ASSERT_EQ(ours.size(), theirs.size());
  for (std::size_t i = 0; i < ours.size(); ++i) {
    const auto& [name, parameter] = ours[i];
    ASSERT_EQ(name, theirs[i].first);
    expect_close(parameter->grad(), prefix + "." + name);
  }
}

Sequential mlp() {
  Rng rng(1);
  Sequential model;
  model.add<Linear>(6, 19, rng, LinearOptions{.bias = false});
  model.add<BatchNorm1d>(19);
  model.add<ReLU>();
  model.add<Linear>(19, 9, rng, LinearOptions{.bias = false});
  model.add<BatchNorm1d>(9);
  model.add<ReLU>();
  model.add<Linear>(9, 4, rng);
  return model;
}

struct Training {
  std::string name;
  std::function<std::unique_ptr<Optimizer>(const std::vector<Parameter*>&)> optimizer;
  Scalar label_smoothing = 0;
};

const std::vector<Training> trainings = {
    {"sgd", [](const auto& p) { return std::make_unique<SGD>(p, SGDOptions{.learning_rate = 0.05}); }},
    {"momentum",
     [](const auto& p) { return std::make_unique<SGD>(p, SGDOptions{.learning_rate = 0.05, .momentum = 0.9}); }},
    {"nesterov",
     [](const auto& p) {
       return std::make_unique<SGD>(
           p, SGDOptions{.learning_rate = 0.05, .momentum = 0.9, .weight_decay = 0.01, .nesterov = true});
     }},
    {"adam", [](const auto& p) { return std::make_unique<Adam>(p, AdamOptions{.learning_rate = 0.01}); }, Scalar(0.1)},
    {"adam_decay",
     [](const auto& p) { return std::make_unique<Adam>(p, AdamOptions{.learning_rate = 0.01, .weight_decay = 0.1}); }},
    {"adamw", [](const auto& p) { return std::make_unique<AdamW>(p, AdamOptions{.learning_rate = 0.01}); }},
};

TEST(Reference, WholeBatchNormMlpTrainsAsInPyTorch) {
  for (const Training& training : trainings) {
    SCOPED_TRACE(training.name);
    Sequential model = mlp();
    model.load_state_dict(reference().all("mlp.initial"));
    expect_state(model, "mlp.initial");
    const auto optimizer = training.optimizer(model.parameters());
    for (int step = 0; step < 5; ++step) {
      Tape tape;
      std::vector<std::int32_t> labels;
      for (const std::int64_t label :
           std::get<std::vector<std::int64_t>>(reference().value("mlp.labels" + std::to_string(step)))) {
        labels.push_back(static_cast<std::int32_t>(label));
      }
      const Variable logits = model(tape.input(reference()("mlp.x" + std::to_string(step))));
      const Variable loss = cross_entropy(logits, labels, training.label_smoothing);
      optimizer->zero_grad();
      tape.backward(loss);
      expect_close(loss.value(), training.name + ".loss" + std::to_string(step));
      if (step == 0 && (training.name == "sgd" || training.name == "adam")) {
        expect_close(logits.value(), training.name + ".logits");
        expect_gradients(model, training.name + ".grad");
      }
      optimizer->step();
    }
    expect_state(model, training.name + ".final");
    if (training.name == "sgd") {
      model.eval();
      Tape tape(Recording::off);
      expect_close(model(tape.input(reference()("mlp.x0"))).value(), "mlp.eval_logits");
    }
  }
}

struct BatchNormCase {
  std::string name;
  BatchNorm1dOptions options = {};
};

TEST(Reference, BatchNormInEveryModeAndForm) {
  const std::vector<BatchNormCase> cases = {
      {"bn.train"},
      {"bn.eval"},
      {"bn.sequence"},
      {"bn.sequence_eval"},
      {"bn.no_affine", {.affine = false}},
      {"bn.untracked", {.track_running_stats = false}},
      {"bn.untracked_eval", {.track_running_stats = false}},
      {"bn.cumulative", {.momentum = {}}},
      {"bn.momentum", {.eps = Scalar(0.01), .momentum = Scalar(0.3)}},
  };
  for (const auto& [name, options] : cases) {
    for (const auto form :
         {BatchNormForm::fused, BatchNormForm::simplified, BatchNormForm::staged, BatchNormForm::composed}) {
      SCOPED_TRACE(name + ", form " + std::to_string(static_cast<int>(form)));
      const Tensor x = reference()(name + ".x"), dy = reference()(name + ".dy");
      examples::BatchNormInForm layer(form, x.size(1), options);
      if (options.affine) {
        layer.gamma()->set_value(reference()(name + ".gamma"));
        layer.beta()->set_value(reference()(name + ".beta"));
      }
      Tape tape;
      layer(tape.input(reference()(name + ".first")));
      layer.train(!name.ends_with("eval"));
      const Variable input = tape.variable(x);
      const Variable y = layer(input);
      tape.backward(y, dy);
      expect_close(y.value(), name + ".y");
      expect_close(input.grad(), name + ".dx");
      if (options.affine) {
        expect_close(layer.gamma()->grad(), name + ".dgamma");
        expect_close(layer.beta()->grad(), name + ".dbeta");
      }
      expect_state(layer, name + ".state");
    }
  }
}

TEST(Reference, Activations) {
  const std::vector<std::pair<std::string, std::function<Variable(const Variable&)>>> functions = {
      {"sigmoid", [](const Variable& x) { return sigmoid(x); }},
      {"tanh", [](const Variable& x) { return tanh(x); }},
      {"relu", [](const Variable& x) { return relu(x); }},
      {"softmax", [](const Variable& x) { return softmax(x); }},
      {"log_softmax", [](const Variable& x) { return log_softmax(x); }},
  };
  for (const auto& [name, f] : functions) {
    Tape tape;
    const Variable x = tape.variable(reference()(name + ".x"));
    const Variable y = f(x);
    tape.backward(y, reference()(name + ".dy"));
    expect_close(y.value(), name + ".y");
    expect_close(x.grad(), name + ".dx");
  }
}

TEST(Reference, Linear) {
  Rng rng(1);
  Linear layer(5, 3, rng);
  layer.load_state_dict(reference().all("linear.state"));
  expect_state(layer, "linear.state");
  EXPECT_EQ(layer.weight().shape(), Shape({3, 5}));
  Tape tape;
  const Variable x = tape.variable(reference()("linear.x"));
  const Variable y = layer(x);
  tape.backward(y, reference()("linear.dy"));
  expect_close(y.value(), "linear.y");
  expect_close(x.grad(), "linear.dx");
  expect_gradients(layer, "linear.grad");
}

TEST(Reference, MeanSquaredError) {
  Tape tape;
  const Variable y = tape.variable(reference()("mse.y"));
  const Variable loss = mse(y, tape.input(reference()("mse.target")));
  tape.backward(loss);
  expect_close(loss.value(), "mse.loss");
  expect_close(y.grad(), "mse.dy");
}

TEST(Reference, ClippingByNorm) {
  for (const auto& [name, limit] : {std::pair{"clip.above", 1.5}, std::pair{"clip.below", 100.0}}) {
    std::vector<Parameter> parameters;
    std::vector<Parameter*> pointers;
    for (int i = 0; i < 2; ++i) {
      const Tensor grad = reference()(name + (".grad" + std::to_string(i)));
      parameters.emplace_back("p", Tensor::zeros(grad.shape()));
      parameters.back().set_grad(grad);
    }
    for (Parameter& parameter : parameters) pointers.push_back(&parameter);
    const double norm = clip_grad_norm(pointers, limit);
    EXPECT_NEAR(norm / reference()(std::string(name) + ".norm").item(), 1, tolerance);
    for (int i = 0; i < 2; ++i) {
      // PyTorch divides by the norm + 1e-6, so that it ends that much below the limit.
      EXPECT_LE(
          distance(pointers[static_cast<std::size_t>(i)]->grad(), reference()(name + (".clipped" + std::to_string(i)))),
          tolerance + 1e-6 / norm);
    }
  }
}

TEST(Reference, Schedules) {
  const std::vector<std::pair<std::string, Schedule>> schedules = {
      {"schedule.step", step_schedule(5, 0.3)},
      {"schedule.cosine", cosine_schedule(23, 0.01)},
      {"schedule.one_cycle", one_cycle_schedule(23)},
      {"schedule.one_cycle_other", one_cycle_schedule(23, 0.1, 10, 100)},
  };
  for (const auto& [name, schedule] : schedules) {
    const Tensor rates = reference()(name);
    for (std::int64_t step = 0; step < rates.count(); ++step) {
      EXPECT_NEAR(schedule(step), rates.at({step}), 1e-7 * rates.at({step}) + 1e-9) << name << " at step " << step;
    }
  }
}

}  // namespace
