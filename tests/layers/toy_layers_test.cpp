// The layers of toy models: gradients against central differences (so this is built in double), what distinguishes
// them, and sizes at the edge. (The texts of mistakes: toy_layers_refusals_test.cpp.)
#include "distance.h"

#include <gradus/layers/attention.h>
#include <gradus/layers/batch_norm.h>
#include <gradus/layers/conv2d.h>
#include <gradus/layers/embedding.h>
#include <gradus/layers/flatten.h>
#include <gradus/layers/gelu.h>
#include <gradus/layers/gradcheck.h>
#include <gradus/layers/layer_norm.h>
#include <gradus/layers/leaky_relu.h>
#include <gradus/layers/max_pool2d.h>
#include <gradus/layers/sequential.h>
#include <gradus/layers/silu.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

using namespace gradus;

namespace {

::testing::AssertionResult agrees(const GradcheckReport& report) {
  return (report.ok ? ::testing::AssertionSuccess() : ::testing::AssertionFailure()) << report;
}

Tensor output(Layer& layer, const Tensor& x) {
  Tape tape(Recording::off);
  return layer(tape.input(x)).value();
}

TEST(Gradients, Conv2d) {
  Rng rng(1);
  Conv2d padded(2, 3, 3, rng, {.padding = 1}), strided(2, 3, 2, rng, {.stride = 2, .bias = false});
  EXPECT_TRUE(agrees(gradcheck(padded, rng.normal({2, 2, 4, 5}))));
  EXPECT_TRUE(agrees(gradcheck(strided, rng.normal({2, 2, 4, 5}))));
}

TEST(Gradients, NormalizationsOfImagesAndFeatures) {
  Rng rng(2);
  BatchNorm2d images(3);
  LayerNorm features(5), bare(5, {.affine = false}), wide(5, {.eps = 0.5});
  for (const auto& [name, parameter] : features.named_parameters()) parameter->set_value(rng.normal({5}));
  EXPECT_TRUE(agrees(gradcheck(images, rng.normal({2, 3, 2, 3}))));
  EXPECT_TRUE(agrees(gradcheck(features, rng.normal({4, 5}))));
  EXPECT_TRUE(agrees(gradcheck(features, rng.normal({5}))));
  EXPECT_TRUE(agrees(gradcheck(features, rng.normal({2, 3, 5}))));
  EXPECT_TRUE(agrees(gradcheck(bare, rng.normal({4, 5}))));
  EXPECT_TRUE(agrees(gradcheck(wide, rng.normal({4, 5}))));
}

TEST(Gradients, EmbeddingAndAttention) {
  Rng rng(3);
  Embedding embedding(5, 3, rng);
  EXPECT_TRUE(agrees(gradcheck(embedding, std::vector<std::int32_t>{4, 0, 4, 1}, {2, 2})));
  CausalSelfAttention attention(6, 2, rng), one_head(3, 1, rng);
  EXPECT_TRUE(agrees(gradcheck(attention, rng.normal({2, 4, 6}))));
  EXPECT_TRUE(agrees(gradcheck(one_head, rng.normal({1, 3, 3}))));
}

TEST(Gradients, OfASmallConvolutionalNet) {
  Rng rng(4);
  Sequential net;
  net.add<Unflatten>(Shape{1, 6, 6});
  net.add<Conv2d>(1, 2, 3, rng, Conv2dOptions{.padding = 1, .bias = false});
  net.add<BatchNorm2d>(2);
  net.add<SiLU>();
  net.add<MaxPool2d>(2);
  net.add<GELU>();
  net.add<LeakyReLU>(Scalar(0.2));
  net.add<Flatten>();
  EXPECT_TRUE(agrees(gradcheck(net, rng.normal({2, 36}))));
  EXPECT_EQ(output(net, rng.normal({2, 36})).shape(), Shape({2, 18}));
}

// A filter with a single 1 off its center moves the image; the border is 0.
TEST(Conv2d, MovesAnImage) {
  Rng rng(1);
  Conv2d layer(1, 1, 3, rng, {.padding = 1, .bias = false});
  Tensor filter = Tensor::zeros({1, 1, 3, 3});
  filter.set({0, 0, 1, 2}, 1);  // the pixel to the right
  layer.weight().set_value(filter);
  EXPECT_EQ(output(layer, Tensor({1, 1, 2, 3}, {1, 2, 3, 4, 5, 6})), Tensor({1, 1, 2, 3}, {2, 3, 0, 5, 6, 0}));
}

TEST(Conv2d, WithAKernelOfOneIsALinearLayerOnChannels) {
  Rng rng(2);
  Conv2d layer(4, 3, 1, rng);
  const Tensor x = rng.normal({2, 4, 3, 5});
  Tape tape(Recording::off);
  const Tensor w = layer.weight().value().reshape({3, 4});
  const Tensor expected =
      permute(linear(tape.input(permute(x, {0, 2, 3, 1})), tape.input(w), *layer.bias()).value(), {0, 3, 1, 2});
  const Tensor y = output(layer, x);
  ASSERT_EQ(y.shape(), expected.shape());
  for (std::size_t i = 0; i < y.values().size(); ++i) EXPECT_NEAR(y.values()[i], expected.values()[i], 1e-12);
}

TEST(MaxPool2d, ByHandWithTiesAndNan) {
  MaxPool2d layer(2);
  const Scalar nan = std::nan("");
  Tape tape;
  const Variable x = tape.variable(Tensor({1, 1, 2, 5}, {3, 1, 7, nan, 9, 3, 2, nan, 8, 9}));
  const Variable y = layer(x);
  EXPECT_EQ(y.shape(), Shape({1, 1, 1, 2}));
  EXPECT_EQ(y.value().at({0, 0, 0, 0}), 3);
  EXPECT_TRUE(std::isnan(y.value().at({0, 0, 0, 1})));
  tape.backward(y, Tensor({1, 1, 1, 2}, {5, 6}));
  EXPECT_EQ(x.grad(), Tensor({1, 1, 2, 5}, {5, 0, 0, 6, 0, 0, 0, 0, 0, 0})) << "the first of equal ones takes it";
}

// What LayerNorm makes of a sample depends on it alone, and is the same in evaluation.
TEST(LayerNorm, LooksAtOneSampleAtATime) {
  Rng rng(5);
  LayerNorm layer(7);
  const Tensor x = rng.normal({3, 7}, 4, 2), y = output(layer, x);
  EXPECT_EQ(output(layer, x.rows(1, 2)), y.rows(1, 2));
  layer.eval();
  EXPECT_EQ(output(layer, x), y);
  const Tensor mean = gradus::mean(y, {1}), square = gradus::mean(y * y, {1});
  for (std::int64_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(mean.at({i}), 0, 1e-12);
    EXPECT_NEAR(square.at({i}), 1, 1e-5);
  }
}

TEST(LayerNorm, OfWhatDoesNotVaryIsItsBias) {
  LayerNorm layer(3, {.eps = 0});
  layer.named_parameters()[1].value->set_value(Tensor({3}, {1, 2, 3}));
  Tape tape;
  const Variable x = tape.variable(Tensor::full({1, 3}, 5));
  const Variable y = layer(x);
  tape.backward(y, Tensor({1, 3}, {1, 2, 4}));
  EXPECT_EQ(y.value(), Tensor({1, 3}, {1, 2, 3}));
  EXPECT_EQ(x.grad(), Tensor::zeros({1, 3}));
}

// A later position changes nothing before it; its weights are rows of a lower triangle that add up to 1.
TEST(CausalSelfAttention, LooksOnlyBack) {
  Rng rng(6);
  CausalSelfAttention layer(4, 2, rng);
  Tensor x = rng.normal({2, 5, 4});
  const Tensor before = output(layer, x);
  EXPECT_EQ(layer.weights().shape(), Shape({2, 2, 5, 5}));
  for (std::int64_t i = 0; i < 5; ++i) {
    Scalar total = 0;
    for (std::int64_t j = 0; j < 5; ++j) {
      const Scalar weight = layer.weights().at({1, 1, i, j});
      EXPECT_EQ(weight > 0, j <= i);
      total += weight;
    }
    EXPECT_NEAR(total, 1, 1e-12);
  }
  for (std::int64_t c = 0; c < 4; ++c) x.set({1, 3, c}, 100);
  const Tensor after = output(layer, x);
  EXPECT_EQ(after.rows(0, 1), before.rows(0, 1));
  EXPECT_EQ(slice(after, 1, 0, 3), slice(before, 1, 0, 3));
  EXPECT_NE(slice(after, 1, 3, 5), slice(before, 1, 3, 5));
}

// The layer in one operation, and the same in the operations that it is made of.
TEST(CausalSelfAttention, IsWhatItsOperationsAre) {
  Rng rng(8);
  CausalSelfAttention layer(6, 2, rng);
  const std::vector<Parameter*> parameters = layer.parameters();  // in_proj_weight, in_proj_bias, and those of out_proj
  const Tensor x_value = rng.normal({3, 5, 6}), dy = rng.normal({3, 5, 6});
  Tensor past = Tensor::zeros({5, 5});
  for (std::int64_t i = 0; i < 5; ++i)
    for (std::int64_t j = 0; j <= i; ++j) past.set({i, j}, 1);

  const auto composed = [&](const Variable& x) {
    std::vector<Variable> w;
    for (Parameter* p : parameters) w.push_back(x.tape()->parameter(*p));
    const auto third = [&](std::int64_t i) {  // q, k or v: [n, heads, t, d]
      const Variable part = linear(x, rows(w[0], 6 * i, 6 * i + 6), rows(w[1], 6 * i, 6 * i + 6));
      return permute(reshape(part, {3, 5, 2, 3}), {0, 2, 1, 3});
    };
    const Variable scores = matmul(third(0), transpose(third(1), -1, -2)) * (1 / std::sqrt(Scalar(3)));
    const Variable weights = softmax(where(past, scores, -std::numeric_limits<Scalar>::infinity()));
    return linear(reshape(permute(matmul(weights, third(2)), {0, 2, 1, 3}), {3, 5, 6}), w[2], w[3]);
  };
  const auto gradients = [&](const auto& forward) {
    Tape tape;
    const Variable x = tape.variable(x_value), y = forward(x);
    for (Parameter* p : parameters) p->zero_grad();
    tape.backward(y, dy);
    std::vector<Tensor> all = {y.value(), x.grad()};
    for (const Parameter* p : parameters) all.push_back(p->grad());
    return all;
  };
  const auto single = [&](const Variable& x) { return layer(x); };
  const std::vector<Tensor> one = gradients(single), many = gradients(composed);
  for (std::size_t i = 0; i < one.size(); ++i) EXPECT_LT(distance(one[i], many[i]), 1e-12) << i;
}

TEST(ToyLayers, TakeBatchesOfNoneAndDescribeThemselves) {
  Rng rng(7);
  Conv2d conv(2, 3, 3, rng, {.stride = 2, .padding = 1}), plain(1, 4, 5, rng, {.bias = false});
  EXPECT_EQ(output(conv, Tensor::zeros({0, 2, 4, 4})).shape(), Shape({0, 3, 2, 2}));
  EXPECT_EQ(conv.describe(), "Conv2d(2, 3, 3, stride = 2, padding = 1)");
  EXPECT_EQ(plain.describe(), "Conv2d(1, 4, 5, bias = false)");
  MaxPool2d pool(2), overlapping(3, 1);
  EXPECT_EQ(output(pool, Tensor::zeros({0, 2, 4, 4})).shape(), Shape({0, 2, 2, 2}));
  EXPECT_EQ(pool.describe() + " " + overlapping.describe(), "MaxPool2d(2) MaxPool2d(3, stride = 1)");
  LayerNorm norm(4);
  EXPECT_EQ(output(norm, Tensor::zeros({0, 4})).shape(), Shape({0, 4}));
  EXPECT_EQ(norm.describe() + " " + BatchNorm2d(3).describe(), "LayerNorm(4) BatchNorm2d(3)");
  EXPECT_EQ(LayerNorm(4, {.affine = false}).describe(), "LayerNorm(4, affine = false)");
  CausalSelfAttention attention(4, 2, rng);
  EXPECT_EQ(output(attention, Tensor::zeros({0, 3, 4})).shape(), Shape({0, 3, 4}));
  EXPECT_EQ(attention.describe(), "CausalSelfAttention(4, 2 heads)");
  EXPECT_EQ(CausalSelfAttention(6, 3, rng).describe(), "CausalSelfAttention(6, 3 heads)");
  Embedding embedding(27, 10, rng);
  Tape tape;
  EXPECT_EQ(embedding(tape.indices({}, {0, 3})).shape(), Shape({0, 3, 10}));
  EXPECT_EQ(embedding.describe(), "Embedding(27, 10)");
  EXPECT_EQ(Unflatten({1, 2}).describe() + " " + LeakyReLU().describe(), "Unflatten([1, 2]) LeakyReLU(0.01)");
}

double largest(const Tensor& t) {
  double result = 0;
  for (const Scalar x : t.values()) result = std::max(result, std::abs(static_cast<double>(x)));
  return result;
}

// Uniform in +-1/sqrt(inputs of an output), of which many numbers reach nearly all.
TEST(ToyLayers, StartAsInPyTorch) {
  Rng rng(9);
  Conv2d conv(2, 500, 4, rng);
  CausalSelfAttention attention(64, 4, rng);
  for (const Parameter* p : conv.parameters()) EXPECT_NEAR(largest(p->value()) * std::sqrt(32), 1, 0.03) << p->name();
  for (const Parameter* p : attention.parameters()) EXPECT_NEAR(largest(p->value()) * 8, 1, 0.1) << p->name();
  // Where the deviation is as large as the root of eps, normalization divides by sqrt 2 more.
  const Scalar d = std::sqrt(Scalar(1e-5));
  LayerNorm norm(2);
  EXPECT_NEAR(output(norm, Tensor({1, 2}, {-d, d})).at({0, 1}), std::sqrt(0.5), 1e-6);
  EXPECT_EQ(BatchNorm1d(1).options().eps, 1e-5);
}

}  // namespace
