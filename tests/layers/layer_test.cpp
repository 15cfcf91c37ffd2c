// Layer: what it registers and finds again, modes, state, moving. (What it tells of itself: layer_views_test.cpp; each
// layer's own mathematics: layers_test.cpp.)
#include "error_of.h"
#include "layers/nested_model.h"

#include <gradus/layers/batch_norm.h>
#include <gradus/layers/dropout.h>
#include <gradus/layers/linear.h>
#include <gradus/layers/relu.h>
#include <gradus/layers/sequential.h>

#include <gtest/gtest.h>

#include <type_traits>

using namespace gradus;

namespace {

using Names = std::vector<std::string>;

// Registers whatever a test wants.
class Free : public Layer {
 public:
  using Layer::register_buffer;
  using Layer::register_counter;
  using Layer::register_generator;
  using Layer::register_module;
  using Layer::register_parameter;

 private:
  Variable forward(const Variable& x) override { return x; }
};

template <class T>
Names names_of(const std::vector<Named<T>>& parts) {
  Names names;
  for (const auto& part : parts) names.push_back(part.name);
  return names;
}

Names keys_of(const StateDict& state) {
  Names keys;
  for (const auto& [key, value] : state) keys.push_back(key);
  return keys;
}

// ---- registration and traversal

TEST(Layer, FindsEverythingInOrder) {
  const Sequential model = nested();
  EXPECT_EQ(names_of(model.named_parameters()), Names({"0.weight", "0.bias", "1.0.weight", "1.0.bias", "1.2.weight"}));
  EXPECT_EQ(names_of(model.buffers()), Names({"1.0.running_mean", "1.0.running_var"}));
  EXPECT_EQ(names_of(model.counters()), Names({"1.0.num_batches_tracked"}));
  EXPECT_EQ(names_of(model.generators()), Names({"1.1.rng"}));
  EXPECT_EQ(model.parameters().size(), 5u);
  EXPECT_EQ(model.parameters()[2]->name(), "weight");
}

TEST(Layer, ZeroGradReachesFrozenParametersToo) {
  Rng rng(1);
  Linear layer(2, 2, rng);
  layer.weight().set_grad(Tensor::zeros({2, 2}));
  layer.weight().freeze();
  layer.zero_grad();
  EXPECT_FALSE(layer.weight().has_grad());
}

TEST(Layer, ItsOwnPartsComeBeforeItsChildren) {
  Free layer;
  Rng rng(1);
  layer.register_module<Linear>("child", 1, 1, rng);
  layer.register_parameter("late", Tensor(1));
  EXPECT_EQ(names_of(layer.named_parameters()), Names({"late", "child.weight", "child.bias"}));
}

TEST(Layer, RefusesNamesThatWouldNotBeUnique) {
  Free layer;
  layer.register_parameter("a", Tensor(1));
  layer.register_buffer("b", Tensor(1));
  layer.register_counter("c", 1);
  layer.register_generator("d", Rng(1));
  layer.register_module("e", std::make_unique<ReLU>());
  EXPECT_EQ(layer.generators()[0].value->state(), Rng(1).state());
  for (const std::string name : {"a", "b", "c", "d", "e"}) {
    const std::string taken = "register: Free has a part called \"" + name + "\" already";
    EXPECT_EQ(error_of([&] { layer.register_parameter(name, Tensor(2)); }), taken);
    EXPECT_EQ(error_of([&] { layer.register_buffer(name, Tensor(2)); }), taken);
    EXPECT_EQ(error_of([&] { layer.register_counter(name, 2); }), taken);
    EXPECT_EQ(error_of([&] { layer.register_generator(name, Rng(2)); }), taken);
    EXPECT_EQ(error_of([&] { layer.register_module<ReLU>(name); }), taken);
  }
  EXPECT_EQ(error_of([&] { layer.register_buffer("", Tensor(2)); }),
            "register: Free cannot call a part \"\": a name is not empty and has no dot");
  EXPECT_EQ(error_of([&] { layer.register_parameter("f.g", Tensor(2)); }),
            "register: Free cannot call a part \"f.g\": a name is not empty and has no dot");
  EXPECT_EQ(layer.state_dict().size(), 3u);
}

TEST(Layer, RefusesPartsThatCannotBe) {
  Free layer;
  EXPECT_EQ(error_of([&] { layer.register_module("none", std::unique_ptr<Module>()); }),
            "register: Free got no module to call \"none\"");
  EXPECT_TRUE(layer.state_dict().empty());
}

// A name tied to two layers: one parameter, two keys, gradients that add.
// y = x w^T with a weight that another layer has as well.
class Tied : public Layer {
 public:
  explicit Tied(const Parameter& w) : w_(register_parameter("weight", w)) {}

 private:
  Variable forward(const Variable& x) override { return linear(x, w_); }
  Parameter& w_;
};

TEST(Layer, SharedParameter) {
  Rng rng(2);
  Free layer;
  Linear& first = layer.register_module<Linear>("first", 3, 3, rng, LinearOptions{.bias = false});
  Tied& second = layer.register_module<Tied>("second", first.weight());
  EXPECT_EQ(names_of(layer.named_parameters()), Names({"first.weight"}));
  EXPECT_EQ(keys_of(layer.state_dict()), Names({"first.weight", "second.weight"}));

  const Tensor x = rng.normal({2, 3}), dy = rng.normal({2, 3});
  Tape tape;
  tape.backward(second(first(tape.input(x))), dy);
  // y = x w^T w^T: dw = (dy w)^T x + dy^T (x w^T)
  const Tensor& w = first.weight().value();
  const Tensor expected =
      matmul(matmul(dy, w), x, Transpose::first) + matmul(dy, matmul(x, w, Transpose::second), Transpose::first);
  const Tensor ours = first.weight().grad();
  for (std::size_t i = 0; i < 9; ++i) EXPECT_NEAR(ours.values()[i], expected.values()[i], 1e-5);
  EXPECT_EQ(second.parameters()[0]->grad(), ours);  // the same parameter
}

// ---- modes

TEST(Layer, ModesReachEveryLayer) {
  Sequential model = nested();
  const auto modes = [&] {
    std::vector<bool> found = {model.training()};
    for (const auto& child : model.children()) {
      found.push_back(child->training());
      for (const auto& grandchild : child->children()) found.push_back(grandchild->training());
    }
    return found;
  };
  EXPECT_EQ(modes(), std::vector<bool>(6, true));
  model.eval();
  EXPECT_EQ(modes(), std::vector<bool>(6, false));
  model.train();
  EXPECT_EQ(modes(), std::vector<bool>(6, true));

  // A guard gives each its own back, also when what it guarded threw.
  model.children()[1]->children()[0]->eval();
  const std::vector<bool> mixed = modes();
  try {
    const ModeGuard guard(model, false);
    EXPECT_EQ(modes(), std::vector<bool>(6, false));
    throw std::runtime_error("while guarded");
  } catch (const std::runtime_error&) {
  }
  EXPECT_EQ(modes(), mixed);
  {
    const ModeGuard outer(model, true);
    const ModeGuard inner(*model.children()[1], false);
    EXPECT_TRUE(model.training());
    EXPECT_FALSE(model.children()[1]->training());
  }
  EXPECT_EQ(modes(), mixed);
}

// ---- state

TEST(Layer, StateRoundTrip) {
  Sequential model = nested(), other = nested();
  output(model, Rng(3).normal({8, 3}, 1, 2));  // moves the estimates
  for (Parameter* p : model.parameters()) p->set_value(p->value() * Scalar(1.5));
  const StateDict state = model.state_dict();
  EXPECT_EQ(keys_of(state), Names({"0.weight", "0.bias", "1.0.weight", "1.0.bias", "1.0.running_mean",
                                   "1.0.running_var", "1.0.num_batches_tracked", "1.2.weight"}));
  EXPECT_EQ(std::get<Tensor>(state[0].second).shape(), Shape({4, 3}));  // [out, in], as PyTorch shows it
  EXPECT_EQ(std::get<std::int64_t>(state[6].second), 1);

  other.load_state_dict(state);
  EXPECT_EQ(other.state_dict(), state);
  model.eval();
  other.eval();
  const Tensor x = Rng(4).normal({5, 3});
  EXPECT_EQ(output(other, x), output(model, x));

  // What was loaded is a value: training goes on without changing the dict.
  other.train();
  output(other, x);
  other.parameters()[0]->mutable_data()[0] = 42;
  EXPECT_EQ(model.state_dict(), state);
}

TEST(Layer, LoadsTheOrderItGetsOrNothing) {
  Sequential model = nested();
  const StateDict before = model.state_dict();
  StateDict state = before;
  std::swap(state[0], state[5]);
  model.load_state_dict(state);  // by name
  EXPECT_EQ(model.state_dict(), before);

  state = before;
  state[0].second = Tensor::full({4, 3}, 7);  // right, and still not to be loaded
  state[1].second = Tensor::zeros({5});
  state[2].second = std::int64_t{3};
  state[3].first = "1.0.beta";
  state[6].second = Tensor(3);
  state.push_back(state[7]);
  EXPECT_EQ(error_of([&] { model.load_state_dict(state); }),
            "load_state_dict: nothing was loaded; 0.bias should be [4], got [5]; 1.0.weight should be [4], got an "
            "integer; missing 1.0.bias; 1.0.num_batches_tracked should be an integer, got a tensor; unexpected "
            "1.0.beta; unexpected 1.2.weight");
  EXPECT_EQ(model.state_dict(), before);

  state = before;
  state[0].second = Tensor::zeros({3, 4});  // as it lies in memory, not as it is shown
  EXPECT_EQ(error_of([&] { model.load_state_dict(state); }),
            "load_state_dict: nothing was loaded; 0.weight should be [4, 3], got [3, 4]");

  state = before;
  state[0].second = state[6].second = std::vector<std::int64_t>{1};  // files may hold such, layers do not
  EXPECT_EQ(
      error_of([&] { model.load_state_dict(state); }),
      "load_state_dict: nothing was loaded; 0.weight should be [4, 3], got a list; 1.0.num_batches_tracked should "
      "be an integer, got a list");

  state = before;
  state[6].second = std::int64_t{-1};  // the running mean over all batches would divide by 0
  EXPECT_EQ(error_of([&] { model.load_state_dict(state); }),
            "load_state_dict: nothing was loaded; 1.0.num_batches_tracked is negative: -1");
  EXPECT_EQ(model.state_dict(), before);
}

TEST(Layer, LoadingBetweenForwardAndBackwardIsNoticed) {
  Rng rng(5);
  Linear layer(2, 2, rng);
  Tape tape;
  const Variable y = layer(tape.input(Tensor::zeros({1, 2})));
  layer.load_state_dict(layer.state_dict());
  EXPECT_EQ(
      error_of([&] { tape.backward(sum(y)); }),
      "backward: parameter weight [2, 2] in linear was changed since the forward that used it: clear the tape after "
      "each step, before the next forward");
}

// ---- moving

static_assert(!std::is_copy_constructible_v<Sequential> && !std::is_copy_assignable_v<Sequential>);
static_assert(!std::is_copy_constructible_v<Linear> && !std::is_copy_constructible_v<Dropout>);
static_assert(std::is_move_constructible_v<Sequential> && std::is_move_constructible_v<Linear>);

TEST(Layer, MovedStaysTheSame) {
  Sequential model = nested();
  model.eval();
  const Tensor x = Rng(6).normal({5, 3});
  const Tensor before = output(model, x);
  const std::vector<Parameter*> parameters = model.parameters();
  Tape tape;
  const Variable y = model(tape.input(x));
  Sequential moved = std::move(model);
  EXPECT_EQ(output(moved, x), before);
  EXPECT_EQ(moved.parameters(), parameters);  // optimizers' and tapes' references hold
  tape.backward(sum(y));
  EXPECT_TRUE(moved.parameters()[0]->has_grad());

  Rng rng(7);
  Linear linear(3, 2, rng);
  const Tensor weight = linear.weight().value();
  Linear elsewhere(std::move(linear));
  EXPECT_EQ(elsewhere.weight().value(), weight);
  EXPECT_EQ(output(elsewhere, x).shape(), Shape({5, 2}));
}

}  // namespace
