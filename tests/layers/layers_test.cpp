// Each layer: gradients in training and evaluation against central differences (so this is built in double), values,
// batches of none and of one; Dropout; the initializers' moments.
#include "distance.h"
#include "error_of.h"
#include "layers/batch_norm_run.h"

#include <gradus/layers/dropout.h>
#include <gradus/layers/flatten.h>
#include <gradus/layers/gradcheck.h>
#include <gradus/layers/initializers.h>
#include <gradus/layers/linear.h>
#include <gradus/layers/relu.h>
#include <gradus/layers/sequential.h>
#include <gradus/layers/sigmoid.h>
#include <gradus/layers/tanh.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

using namespace gradus;

namespace {

Tensor output(Layer& layer, const Tensor& x) {
  Tape tape(Recording::off);
  return layer(tape.input(x)).value();
}

// gradcheck, with its report in what GoogleTest prints.
::testing::AssertionResult agree(Layer& layer, const Tensor& x) {
  const GradcheckReport report = gradcheck(layer, x);
  return (report.ok ? ::testing::AssertionSuccess() : ::testing::AssertionFailure()) << report;
}

// Random, but not near zero, where ReLU has a kink.
Tensor away_from_zero(const Shape& shape, Rng& rng) {
  Tensor x = rng.normal(shape);
  for (Scalar& value : x.mutable_values()) value += value < 0 ? -0.1 : 0.1;
  return x;
}

// ---- gradients

TEST(Gradients, Linear) {
  Rng rng(1);
  Linear layer(4, 3, rng), no_bias(4, 3, rng, {.bias = false}), thin(1, 1, rng);
  EXPECT_TRUE(agree(layer, rng.normal({5, 4})));
  EXPECT_TRUE(agree(layer, rng.normal({1, 4})));
  EXPECT_TRUE(agree(no_bias, rng.normal({5, 4})));
  EXPECT_TRUE(agree(thin, rng.normal({2, 1})));
}

TEST(Gradients, Activations) {
  Rng rng(2);
  ReLU relu;
  Sigmoid sigmoid;
  Tanh tanh;
  EXPECT_TRUE(agree(relu, away_from_zero({5, 4}, rng)));
  EXPECT_TRUE(agree(sigmoid, rng.normal({5, 4})));
  EXPECT_TRUE(agree(tanh, rng.normal({2, 3, 4})));
}

TEST(Gradients, DropoutAndFlatten) {
  Rng rng(3);
  Dropout dropout(0.5, rng), nothing(0, rng);
  Flatten flatten;
  EXPECT_TRUE(agree(dropout, rng.normal({5, 4})));
  EXPECT_TRUE(agree(nothing, rng.normal({5, 4})));
  EXPECT_TRUE(agree(flatten, rng.normal({2, 3, 2})));
}

// Every form, with each option, of [n, c] and [n, c, l]. (The check itself tries variances about as small as eps.)
TEST(Gradients, BatchNorm) {
  const BatchNorm1dOptions options[] = {{}, {.affine = false}, {.track_running_stats = false}, {.eps = 0.1}};
  for (const BatchNorm1dOptions& option : options) {
    for (const BatchNormForm form : forms) {
      for (const Shape& shape : {Shape{6, 3}, Shape{2, 2}, Shape{3, 2, 4}, Shape{1, 2, 5}}) {
        // With two values a channel nothing of dx is left but eps's share.
        if (shape == Shape{2, 2} && option.eps < 0.1) continue;
        Rng rng(4);
        BatchNormInForm layer(form, shape[1], option);
        for (Parameter* p : layer.parameters()) p->set_value(rng.uniform(p->shape(), 0.5, 2));
        output(layer, rng.normal({7, shape[1]}, 1, 2));
        EXPECT_TRUE(agree(layer, rng.normal(shape))) << shape << " form " << static_cast<int>(form);
      }
    }
  }
}

TEST(Gradients, WholeNetwork) {
  Rng rng(5);
  Sequential model;
  model.add<Flatten>();
  model.add<Linear>(6, 5, rng, LinearOptions{.bias = false});
  model.add<BatchNorm1d>(5);
  model.add<Tanh>();
  Sequential& inner = model.add<Sequential>();
  inner.add<Dropout>(0.3, rng);
  inner.add<Linear>(5, 2, rng);
  inner.add<Sigmoid>();
  EXPECT_TRUE(agree(model, rng.normal({7, 2, 3})));
}

// ---- values

TEST(Layers, ComputeWhatTheyAreCalled) {
  Rng rng(6);
  const Tensor x({1, 3}, {-1, 0, 2});
  ReLU relu;
  Sigmoid sigmoid;
  Tanh tanh;
  Sequential nothing;
  EXPECT_EQ(output(relu, x), Tensor({1, 3}, {0, 0, 2}));
  EXPECT_LE(distance(output(sigmoid, x), Tensor({1, 3}, {1 / (1 + std::exp(1.0)), 0.5, 1 / (1 + std::exp(-2.0))})),
            1e-15);
  EXPECT_LE(distance(output(tanh, x), Tensor({1, 3}, {std::tanh(-1.0), 0, std::tanh(2.0)})), 1e-15);
  EXPECT_EQ(output(nothing, x), x);

  Linear linear(3, 2, rng);
  linear.weight().set_value(Tensor({2, 3}, {1, 3, 5, 2, 4, 6}));
  linear.bias()->set_value(Tensor({2}, {10, 20}));
  EXPECT_EQ(output(linear, x), Tensor({1, 2}, {-1 + 10 + 10, -2 + 12 + 20}));
  EXPECT_EQ(linear.describe(), "Linear(3, 2)");
  EXPECT_EQ(Linear(3, 2, rng, {.bias = false}).describe(), "Linear(3, 2, bias = false)");
  EXPECT_EQ(Linear(3, 2, rng, {.bias = false}).bias(), nullptr);
}

TEST(Layers, SaturateWithoutOverflow) {
  const Tensor x({1, 2}, {-1e4, 1e4});
  Sigmoid sigmoid;
  Tanh tanh;
  EXPECT_EQ(output(sigmoid, x), Tensor({1, 2}, {0, 1}));
  EXPECT_EQ(output(tanh, x), Tensor({1, 2}, {-1, 1}));
}

TEST(Layers, BatchOfNoneAndOfOne) {
  Rng rng(7);
  for (const bool training : {true, false}) {
    Sequential model;
    model.add<Flatten>();
    Linear& linear = model.add<Linear>(6, 3, rng);
    if (!training) model.add<BatchNorm1d>(3);  // in training it needs more
    model.add<ReLU>();
    model.add<Sigmoid>();
    model.add<Tanh>();
    model.add<Dropout>(0.5, rng);
    model.train(training);
    for (const std::int64_t n : {0, 1}) {
      Tape tape;
      model.zero_grad();
      const Variable x = tape.variable(rng.normal({n, 2, 3}));
      const Variable y = model(x);
      EXPECT_EQ(y.shape(), Shape({n, 3}));
      tape.backward(y, Tensor::full({n, 3}, 1));
      EXPECT_EQ(x.grad().shape(), Shape({n, 2, 3}));
      EXPECT_TRUE(all_finite(linear.weight().grad()));
      EXPECT_EQ(linear.weight().grad() == Tensor::zeros({3, 6}), n == 0);
    }
  }
}

TEST(Layers, RefuseWhatTheyCannotBe) {
  Rng rng(8);
  EXPECT_EQ(error_of([&] { Linear(0, 3, rng); }), "linear: in must be positive, got 0");
  EXPECT_EQ(error_of([&] { Linear(3, -1, rng); }), "linear: out must be positive, got -1");
  EXPECT_EQ(error_of([&] { Dropout(1, rng); }), "dropout: p must be at least 0 and below 1, got 1");
  EXPECT_EQ(error_of([&] { Dropout(-0.1, rng); }), "dropout: p must be at least 0 and below 1, got -0.1");
  EXPECT_EQ(error_of([&] { Dropout(std::nan(""), rng); }), "dropout: p must be at least 0 and below 1, got nan");
  Linear linear(3, 2, rng);
  EXPECT_EQ(error_of([&] {
              output(linear, Tensor::zeros({2, 3, 4}));
            }),
            "linear: x [2, 3, 4] needs weight [out, 4], got [2, 3] (in linear)");
  EXPECT_EQ(error_of([&] { output(linear, Tensor(1)); }),
            "linear: x [] needs weight [out, in], got [2, 3] (in linear)");
  Flatten flatten;
  EXPECT_EQ(error_of([&] { output(flatten, Tensor(1)); }), "flatten: needs a batch axis, got [] (in flatten)");
}

// ---- dropout

TEST(DropoutLayer, KeepsTheExpectation) {
  Rng rng(9);
  for (const Scalar p : {0.1, 0.5, 0.8}) {
    Dropout layer(p, rng);
    const Tensor y = output(layer, Tensor::full({200, 200}, 3));
    std::int64_t kept = 0;
    for (const Scalar value : y.values()) {
      ASSERT_TRUE(value == 0 || std::abs(value - 3 / (1 - p)) < 1e-12) << value;
      kept += value != 0;
    }
    // Four deviations of a binomial.
    const double n = static_cast<double>(y.count());
    EXPECT_NEAR(static_cast<double>(kept), n * (1 - p), 4 * std::sqrt(n * p * (1 - p)));
  }
}

TEST(DropoutLayer, IsTheIdentityInEvaluation) {
  Rng rng(10);
  Dropout layer(0.5, rng);
  layer.eval();
  const Rng::State before = layer.generators()[0].value->state();
  const Tensor x = rng.normal({4, 4});
  EXPECT_EQ(output(layer, x), x);
  EXPECT_EQ(layer.generators()[0].value->state(), before);
  Dropout nothing(0, rng);
  const Rng::State unused = nothing.generators()[0].value->state();
  EXPECT_EQ(output(nothing, x), x);
  EXPECT_EQ(nothing.generators()[0].value->state(), unused) << "in training too, if it drops nothing";
}

TEST(DropoutLayer, ReplaysFromItsGenerator) {
  Rng rng(11);
  Dropout layer(0.5, rng), other(0.5, rng);
  Rng& generator = *layer.generators()[0].value;
  const Tensor x = Tensor::full({8, 8}, 1);
  const Rng::State before = generator.state();
  const Tensor first = output(layer, x), second = output(layer, x);
  EXPECT_FALSE(first == second);
  EXPECT_FALSE(first == output(other, x));  // layers made from one Rng have masks of their own
  generator.set_state(before);
  EXPECT_EQ(output(layer, x), first);
  EXPECT_EQ(output(layer, x), second);
}

TEST(DropoutLayer, GradientPassesWhereTheValueDid) {
  Rng rng(12);
  Dropout layer(0.4, rng);
  Tape tape;
  const Variable x = tape.variable(Tensor::full({5, 5}, 1));
  const Variable y = layer(x);
  const Variable again = layer(x);
  tape.backward(sum(y + again));
  EXPECT_LE(distance(x.grad(), y.value() + again.value()), 1e-15);
}

// ---- initializers

struct Moments {
  double mean = 0, deviation = 0, largest = 0;
};

Moments moments(const Tensor& t) {
  Moments m;
  const double n = static_cast<double>(t.count());
  for (const Scalar x : t.values()) m.mean += x / n;
  for (const Scalar x : t.values()) m.deviation += (x - m.mean) * (x - m.mean) / n;
  for (const Scalar x : t.values()) m.largest = std::max(m.largest, std::abs(static_cast<double>(x)));
  m.deviation = std::sqrt(m.deviation);
  return m;
}

TEST(Initializers, HaveTheMomentsOfTheirFormulas) {
  Rng rng(13);
  const std::int64_t in = 300, out = 100;
  const double n = 30000;
  struct Case {
    const char* name;
    Tensor values;
    double deviation;
    bool uniform;
  };
  const Case cases[] = {
      {"pytorch_default", pytorch_default({out, in}, in, rng), std::sqrt(1.0 / 3 / 300), true},
      {"kaiming_normal", kaiming_normal(in, out, rng), std::sqrt(2.0 / 300), false},
      {"kaiming_uniform", kaiming_uniform(in, out, rng), std::sqrt(2.0 / 300), true},
      {"xavier_normal", xavier_normal(in, out, rng), std::sqrt(2.0 / 400), false},
      {"xavier_uniform", xavier_uniform(in, out, rng), std::sqrt(2.0 / 400), true},
  };
  for (const auto& [name, values, deviation, uniform] : cases) {
    const Moments m = moments(values);
    EXPECT_EQ(values.shape(), Shape({out, in})) << name;
    EXPECT_NEAR(m.mean, 0, 4 * deviation / std::sqrt(n)) << name;
    EXPECT_NEAR(m.deviation / deviation, 1, 4 / std::sqrt(2 * n)) << name;
    if (uniform) {  // fills its range, and no more
      EXPECT_LE(m.largest, std::sqrt(3.0) * deviation * (1 + 1e-12)) << name;
      EXPECT_GE(m.largest, std::sqrt(3.0) * deviation * 0.999) << name;
    }
  }
}

TEST(Initializers, LinearStartsAsInPyTorch) {
  Rng rng(14), same(14);
  Linear layer(64, 500, rng), twin(64, 500, same);
  for (const Parameter* parameter : layer.parameters()) {
    const Moments m = moments(parameter->value());
    EXPECT_LE(m.largest, 1.0 / 8);
    EXPECT_GE(m.largest, 0.98 / 8);
  }
  EXPECT_EQ(layer.weight().value(), twin.weight().value());
  EXPECT_EQ(layer.bias()->value(), twin.bias()->value());
}

}  // namespace
