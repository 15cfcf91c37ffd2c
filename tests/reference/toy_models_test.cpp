// The operations, layers and optimizers of toy models against PyTorch's numbers, as reference_test.cpp does for the
// MLP.
#include "distance.h"
#include "reference/reference.h"

#include <gradus/layers/attention.h>
#include <gradus/layers/batch_norm.h>
#include <gradus/layers/conv2d.h>
#include <gradus/layers/layer_norm.h>
#include <gradus/optim/muon.h>
#include <gradus/optim/rmsprop.h>

#include <gtest/gtest.h>

#include <functional>
#include <memory>

using namespace gradus;

namespace {

// Of a tensor's norm.
constexpr double tolerance = sizeof(Scalar) == 4 ? 1e-5 : 1e-12;

void expect_close(const Tensor& ours, const std::string& name) {
  EXPECT_LE(distance(ours, reference()(name)), tolerance) << name;
}

struct Operation {
  std::string name;
  std::function<Variable(const std::vector<Variable>&)> f;
  int inputs = 1;
};

const std::vector<std::int32_t> tokens = {1, 4, 1, 0, 1, 3}, labels = {1, 0, -7, 3, -7, -7, 2, 2};

const std::vector<Operation> operations = {
    {"leaky_relu", [](const auto& in) { return leaky_relu(in[0], Scalar(0.1)); }},
    {"gelu", [](const auto& in) { return gelu(in[0]); }},
    {"silu", [](const auto& in) { return silu(in[0]); }},
    {"abs", [](const auto& in) { return abs(in[0]); }},
    {"maximum", [](const auto& in) { return maximum(in[0], in[1]); }, 2},
    {"minimum", [](const auto& in) { return minimum(in[0], in[1]); }, 2},
    {"where", [](const auto& in) { return where(reference()("where.mask"), in[0], in[1]); }, 2},
    {"permute",
     [](const auto& in) {
       return permute(in[0], {2, 0, 3, 1});
     }},
    {"slice", [](const auto& in) { return slice(in[0], 1, 1, -1); }},
    {"concat",
     [](const auto& in) {
       return concat({in[0], in[1]}, 1);
     },
     2},
    {"stack", [](const auto& in) { return matmul(in[0], in[1]); }, 2},
    {"one_for_all", [](const auto& in) { return matmul(in[0], in[1]); }, 2},
    {"embedding",
     [](const auto& in) {
       return embedding(in[0], in[0].tape()->indices(tokens, {2, 3}));
     }},
    {"conv2d", [](const auto& in) { return conv2d(in[0], in[1], in[2], {.padding = 1}); }, 3},
    {"conv2d_stride", [](const auto& in) { return conv2d(in[0], in[1], {.stride = 2}); }, 2},
    {"conv2d_wide", [](const auto& in) { return conv2d(in[0], in[1], {.stride = 3, .padding = 2}); }, 2},
    {"max_pool2d", [](const auto& in) { return max_pool2d(in[0], 2); }},
    {"max_pool2d_overlapping", [](const auto& in) { return max_pool2d(in[0], 3, 1); }},
    {"l1", [](const auto& in) { return l1(in[0], in[1]); }, 2},
    {"huber", [](const auto& in) { return huber(in[0], in[1], Scalar(0.7)); }, 2},
    {"binary_cross_entropy_with_logits", [](const auto& in) { return binary_cross_entropy_with_logits(in[0], in[1]); },
     2},
    {"cross_entropy_ignored", [](const auto& in) { return cross_entropy(in[0], labels, Scalar(0.1), -7); }},
};

TEST(Reference, OperationsOfToyModels) {
  for (const auto& [name, f, count] : operations) {
    Tape tape;
    std::vector<Variable> inputs;
    for (int i = 0; i < count; ++i) inputs.push_back(tape.variable(reference()(name + ".in" + std::to_string(i))));
    const Variable y = f(inputs);
    tape.backward(y, reference()(name + ".dy"));
    expect_close(y.value(), name + ".y");
    for (int i = 0; i < count; ++i) {
      expect_close(inputs[static_cast<std::size_t>(i)].grad(), name + ".d" + std::to_string(i));
    }
  }
}

void expect_layer(Layer& layer, const std::string& name, const std::vector<std::string>& keys) {
  SCOPED_TRACE(name);
  const auto parameters = layer.named_parameters();
  ASSERT_EQ(parameters.size(), keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    EXPECT_EQ(parameters[i].name, keys[i]);
    parameters[i].value->set_value(reference()(name + ".state." + keys[i]));
  }
  Tape tape;
  const Variable x = tape.variable(reference()(name + ".x"));
  const Variable y = layer(x);
  tape.backward(y, reference()(name + ".dy"));
  expect_close(y.value(), name + ".y");
  expect_close(x.grad(), name + ".dx");
  for (const auto& [key, parameter] : parameters) expect_close(parameter->grad(), name + ".grad." + key);
  for (const auto& [key, buffer] : layer.buffers()) expect_close(*buffer, name + ".state." + key);
}

TEST(Reference, LayersOfToyModels) {
  Rng rng(1);
  Conv2d convolution(2, 5, 3, rng, {.stride = 2, .padding = 1});
  expect_layer(convolution, "layer.conv2d", {"weight", "bias"});
  BatchNorm2d batch_norm(3);
  expect_layer(batch_norm, "layer.batch_norm2d", {"weight", "bias"});
  LayerNorm layer_norm(6);
  expect_layer(layer_norm, "layer.layer_norm", {"weight", "bias"});
  CausalSelfAttention attention(6, 2, rng);
  expect_layer(attention, "layer.attention", {"in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias"});
}

TEST(Reference, OptimizersOfToyModels) {
  using Parameters = std::vector<Parameter*>;
  const std::vector<std::pair<std::string, std::function<std::unique_ptr<Optimizer>(const Parameters&)>>> optimizers = {
      {"rmsprop", [](const Parameters& p) { return std::make_unique<RMSprop>(p); }},
      {"rmsprop_momentum",
       [](const Parameters& p) {
         return std::make_unique<RMSprop>(p, RMSpropOptions{.alpha = 0.9, .momentum = 0.5, .weight_decay = 0.1});
       }},
      {"muon", [](const Parameters& p) { return std::make_unique<Muon>(p); }},
  };
  for (const auto& [name, make] : optimizers) {
    std::vector<Parameter> parameters;
    Parameters pointers;
    for (int i = 0; i < 3; ++i) parameters.emplace_back("p", reference()("optimizer.start" + std::to_string(i)));
    for (Parameter& parameter : parameters) pointers.push_back(&parameter);
    const auto optimizer = make(pointers);
    for (int step = 0; step < 5; ++step) {
      for (std::size_t i = 0; i < 3; ++i) {
        parameters[i].set_grad(reference()("optimizer.grad" + std::to_string(step) + "." + std::to_string(i)));
      }
      optimizer->step();
    }
    for (std::size_t i = 0; i < 3; ++i) expect_close(parameters[i].value(), "optimizer." + name + std::to_string(i));
  }
}

}  // namespace
