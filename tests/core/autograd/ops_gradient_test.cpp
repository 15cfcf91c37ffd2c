// The gradient of every differentiable operation against central differences, in double. (Losses: losses_test.cpp.)
#include <gradus/core/autograd/gradcheck.h>
#include <gradus/core/tensor/random.h>

#include <gtest/gtest.h>

#include <string>
#include <vector>

using namespace gradus;

namespace {

using One = std::function<Variable(const Variable&)>;
using Two = std::function<Variable(const Variable&, const Variable&)>;

// Ranks from 0 to 4, with sizes of 1 and sizes beyond those of a vector register.
const std::vector<Shape> shapes = {{}, {1}, {5}, {3, 4}, {2, 1, 3}, {2, 3, 2, 2}, {2, 19}};

void expect_gradient(const One& f, const Tensor& x, const std::string& what = "") {
  const GradcheckReport report = gradcheck(f, x);
  EXPECT_TRUE(report) << what << ' ' << x.shape() << ": " << report;
}

void expect_gradients(const Two& f, const Tensor& a, const Tensor& b, const std::string& what = "") {
  const GradcheckReport report =
      gradcheck([&](const std::vector<Variable>& in) { return f(in[0], in[1]); }, std::vector<Tensor>{a, b});
  EXPECT_TRUE(report) << what << ' ' << a.shape() << ", " << b.shape() << ": " << report;
}

// Away from 0 by at least 0.3, where activations have their kink and quotients their pole.
Tensor away_from_zero(const Shape& shape, std::uint64_t seed = 1) {
  Rng rng(seed);
  Tensor x = rng.uniform(shape, Scalar(0.3), 2);
  for (Scalar& value : x.mutable_values()) {
    if (rng.uniform() < Scalar(0.5)) value = -value;
  }
  return x;
}

// All different, so that no two share a maximum however the check moves them.
Tensor all_different(const Shape& shape) {
  std::vector<Scalar> values(static_cast<std::size_t>(shape.count()));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<Scalar>(1 << i % 11) * (i % 2 ? -1 : 1);
  Rng(3).shuffle(std::span(values));
  return Tensor(shape, values);
}

TEST(Gradient, OfElementwiseOperations) {
  const std::vector<std::pair<std::string, One>> anywhere = {
      {"neg", [](const Variable& x) { return -x; }},
      {"exp", [](const Variable& x) { return exp(x); }},
      {"sigmoid", [](const Variable& x) { return sigmoid(x); }},
      {"tanh", [](const Variable& x) { return tanh(x); }},
      {"relu", [](const Variable& x) { return relu(x); }},
      {"pow 2", [](const Variable& x) { return pow(x, 2); }},
      {"pow 3", [](const Variable& x) { return pow(x, 3); }},
      {"pow 1", [](const Variable& x) { return pow(x, 1); }},
      {"pow -1", [](const Variable& x) { return pow(x, -1); }},
      {"mul by itself", [](const Variable& x) { return x * x; }},
      {"div by itself plus one", [](const Variable& x) { return x / (x * x + 1); }},
      {"abs", [](const Variable& x) { return abs(x); }},
      {"leaky_relu", [](const Variable& x) { return leaky_relu(x, Scalar(0.2)); }},
      {"gelu", [](const Variable& x) { return gelu(x); }},
      {"silu", [](const Variable& x) { return silu(x); }},
  };
  const std::vector<std::pair<std::string, One>> positive = {
      {"log", [](const Variable& x) { return log(x); }},
      {"sqrt", [](const Variable& x) { return sqrt(x); }},
      {"pow 0.5", [](const Variable& x) { return pow(x, Scalar(0.5)); }},
      {"pow -1.7", [](const Variable& x) { return pow(x, Scalar(-1.7)); }},
  };
  for (const Shape& shape : shapes) {
    for (const auto& [name, f] : anywhere) {
      if (!name.ends_with("relu") || shape.count() > 1) expect_gradient(f, away_from_zero(shape), name);
    }
    for (const auto& [name, f] : positive) expect_gradient(f, Rng(2).uniform(shape, Scalar(0.5), 2), name);
  }
}

TEST(Gradient, OfBroadcastOperands) {
  const std::vector<std::pair<std::string, Two>> operations = {
      {"add", [](const Variable& a, const Variable& b) { return a + b; }},
      {"sub", [](const Variable& a, const Variable& b) { return a - b; }},
      {"mul", [](const Variable& a, const Variable& b) { return a * b; }},
      {"div", [](const Variable& a, const Variable& b) { return a / b; }},
      {"maximum", [](const Variable& a, const Variable& b) { return maximum(a, b); }},
      {"minimum", [](const Variable& a, const Variable& b) { return minimum(a, b); }},
      {"where", [](const Variable& a, const Variable& b) { return where(greater(a.value(), 0), a * a, b); }},
  };
  const std::vector<std::pair<Shape, Shape>> pairs = {
      {{}, {}},         {{3}, {3}},          {{}, {3}},        {{2, 3}, {3}},          {{3}, {2, 1}},
      {{2, 1}, {1, 3}}, {{2, 1, 4}, {3, 1}}, {{1}, {2, 1, 3}}, {{2, 3, 4}, {2, 1, 4}}, {{1, 3, 1, 2}, {2, 1, 2, 1}},
  };
  for (const auto& [a, b] : pairs) {
    for (const auto& [name, f] : operations) {
      expect_gradients(f, away_from_zero(a, 1), away_from_zero(b, 2), name);
      expect_gradients(f, away_from_zero(b, 3), away_from_zero(a, 4), name);
    }
  }
}

TEST(Gradient, OfSoftmaxAndItsLogarithm) {
  for (const Shape& shape : {Shape({5}), Shape({3, 4}), Shape({2, 3, 4}), Shape({2, 37})}) {
    expect_gradient([](const Variable& x) { return softmax(x); }, Rng(1).normal(shape, 0, 2), "softmax");
    expect_gradient([](const Variable& x) { return log_softmax(x); }, Rng(1).normal(shape, 0, 2), "log_softmax");
  }
}

TEST(Gradient, OfMatrixProducts) {
  const std::int64_t sizes[][3] = {{1, 1, 1}, {2, 3, 4}, {1, 5, 1}, {5, 1, 3}, {3, 2, 17}};
  for (const auto& [m, k, n] : sizes) {
    expect_gradients([](const Variable& a, const Variable& b) { return matmul(a, b); }, Rng(1).normal({m, k}),
                     Rng(2).normal({k, n}), "matmul");
  }
  expect_gradient([](const Variable& x) { return matmul(x, transpose(x)); }, Rng(3).normal({3, 4}), "x x^T");
}

TEST(Gradient, OfStacksOfMatrixProducts) {
  const std::pair<Shape, Shape> pairs[] = {
      {{2, 3, 4}, {2, 4, 5}}, {{2, 3, 4}, {4, 5}},          {{3, 4}, {2, 4, 5}},          {{2, 1, 3, 4}, {3, 4, 2}},
      {{1, 3, 4}, {4, 4, 2}}, {{2, 2, 1, 3}, {2, 2, 3, 1}}, {{2, 1, 2, 3}, {1, 3, 3, 2}},
  };
  for (const auto& [a, b] : pairs) {
    expect_gradients([](const Variable& x, const Variable& w) { return matmul(x, w); }, Rng(1).normal(a),
                     Rng(2).normal(b), "matmul");
  }
}

TEST(Gradient, OfConvolutions) {
  struct Case {
    Shape x, w;
    Conv2dStep step = {};
  };
  const Case cases[] = {
      {{2, 3, 5, 4}, {4, 3, 3, 3}, {.padding = 1}},
      {{1, 1, 1, 1}, {1, 1, 1, 1}},
      {{2, 2, 5, 6}, {3, 2, 2, 3}, {.stride = 2}},
      {{1, 2, 3, 3}, {2, 2, 5, 5}, {.stride = 1, .padding = 1}},
      {{2, 1, 7, 7}, {2, 1, 3, 3}, {.stride = 3, .padding = 2}},
  };
  for (const auto& [x, w, step] : cases) {
    const std::vector<Tensor> inputs = {Rng(1).normal(x), Rng(2).normal(w), Rng(3).normal({w[0]})};
    const GradcheckReport report =
        gradcheck([step = step](const std::vector<Variable>& in) { return conv2d(in[0], in[1], in[2], step); }, inputs);
    EXPECT_TRUE(report) << x << ", " << w << ": " << report;
    expect_gradients([step = step](const Variable& a, const Variable& b) { return conv2d(a, b, step); }, inputs[0],
                     inputs[1], "conv2d");
  }
}

TEST(Gradient, OfMaxPooling) {
  std::vector<Scalar> values(2 * 2 * 5 * 4);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<Scalar>(i * 37 % values.size());
  const std::pair<std::int64_t, std::int64_t> windows[] = {{2, 0}, {1, 0}, {3, 1}, {2, 3}};
  for (const auto& [window, stride] : windows) {
    expect_gradient([window = window, stride = stride](const Variable& x) { return max_pool2d(x, window, stride); },
                    Tensor({2, 2, 5, 4}, values), "max_pool2d");
  }
}

TEST(Gradient, OfEmbedding) {
  const std::vector<std::int32_t> chosen = {2, 0, 2, 3, 2, 0};
  for (const Shape& shape : {Shape{6}, Shape{2, 3}, Shape{1, 3, 2}}) {
    expect_gradient(
        [&](const Variable& w) {
          const Variable y = embedding(w, w.tape()->indices(chosen, shape));
          return y * y;
        },
        Rng(1).normal({5, 3}), "embedding");
  }
}

TEST(Gradient, OfCausalAttention) {
  for (const auto& [shape, heads] : {std::pair<Shape, std::int64_t>{{2, 5, 12}, 2}, {{1, 1, 3}, 1}, {{1, 18, 9}, 1}}) {
    expect_gradient([heads = heads](const Variable& x) { return causal_attention(x, heads); }, Rng(1).normal(shape),
                    "causal_attention");
  }
}

TEST(Gradient, OfLinearOnAnyRank) {
  Rng rng(4);
  const Tensor w = rng.normal({3, 4}), b = rng.normal({3});
  for (const Shape& shape : {Shape{4}, Shape{5, 4}, Shape{2, 3, 4}, Shape{1, 2, 3, 4}}) {
    const Tensor x = rng.normal(shape);
    const GradcheckReport with_bias =
        gradcheck([](const std::vector<Variable>& in) { return linear(in[0], in[1], in[2]); }, {x, w, b});
    EXPECT_TRUE(with_bias) << shape << ": " << with_bias;
    expect_gradients([](const Variable& in, const Variable& weight) { return linear(in, weight); }, x, w, "linear");
  }
}

TEST(Gradient, OfWhatMovesNumbers) {
  expect_gradient([](const Variable& x) { return transpose(x); }, Rng(1).normal({3, 4}));
  for (int a = 0; a < 3; ++a) {
    for (int b = -3; b < 0; ++b) {
      expect_gradient([=](const Variable& x) { return transpose(x, a, b); }, Rng(1).normal({2, 3, 4}), "transpose");
    }
  }
  expect_gradient([](const Variable& x) { return reshape(x, {4, -1}); }, Rng(1).normal({2, 3, 2}));
  expect_gradient([](const Variable& x) { return flatten(x); }, Rng(1).normal({2, 3, 2}));
  expect_gradient([](const Variable& x) { return rows(x, 1, 3); }, Rng(1).normal({4, 2, 2}));
  expect_gradient([](const Variable& x) { return rows(x, 0, 1) * rows(x, 1, 4); }, Rng(1).normal({4, 3}));
  for (int axis = -2; axis < 3; ++axis) {
    expect_gradient([=](const Variable& x) { return slice(x, axis, 1, -1) * slice(x, axis, 0, 1); },
                    Rng(1).normal({3, 3, 3}), "slice");
    expect_gradients(
        [=](const Variable& a, const Variable& b) {
          const Variable y = concat({a, b, a}, axis);
          return y * y;
        },
        Rng(1).normal({2, 3, 2}), Rng(2).normal(Shape({2, 3, 2}).with(axis, 4)), "concat");
  }
  for (const Axes& order : {Axes{0, 1, 2}, Axes{2, 0, 1}, Axes{1, 2, 0}, Axes{-1, 1, 0}}) {
    expect_gradient([&](const Variable& x) { return permute(x, order) * permute(x, order); }, Rng(1).normal({2, 3, 4}),
                    "permute");
  }
}

TEST(Gradient, OfReductionsOverEverySubsetOfAxes) {
  for (const Shape& shape : {Shape({4}), Shape({3, 2}), Shape({2, 3, 2}), Shape({2, 1, 2, 3})}) {
    for (unsigned subset = 0; subset < 1u << shape.rank(); ++subset) {
      Axes axes;
      for (int axis = 0; axis < shape.rank(); ++axis) {
        if (subset >> axis & 1) axes.push_back(axis - (axis % 2 ? shape.rank() : 0));
      }
      for (const Reduced reduced : {Reduced::kept, Reduced::dropped}) {
        expect_gradient([&](const Variable& x) { return sum(x, axes, reduced); }, Rng(1).normal(shape), "sum");
        expect_gradient([&](const Variable& x) { return mean(x, axes, reduced); }, Rng(1).normal(shape), "mean");
        expect_gradient([&](const Variable& x) { return max(x, axes, reduced); }, all_different(shape), "max");
      }
    }
  }
  expect_gradient([](const Variable& x) { return sum(x); }, Rng(1).normal({2, 3}));
  expect_gradient([](const Variable& x) { return mean(x); }, Rng(1).normal({2, 3}));
  expect_gradient([](const Variable& x) { return max(x); }, all_different({2, 3}));
}

TEST(Gradient, OfLossesOfADifference) {
  Rng rng(6);
  const Tensor y = rng.normal({5, 3}, 0, 2), target = rng.normal({5, 3}), chance = rng.uniform({5, 3}, 0, 1);
  expect_gradients([](const Variable& a, const Variable& b) { return l1(a, b); }, y, target);
  expect_gradients([](const Variable& a, const Variable& b) { return huber(a, b, Scalar(0.7)); }, y, target);
  expect_gradients([](const Variable& a, const Variable& b) { return binary_cross_entropy_with_logits(a, b); }, y,
                   chance);
}

TEST(Gradient, OfVariablesUsedManyTimes) {
  expect_gradient(
      [](const Variable& a) {
        const Variable b = a + a;
        const Variable c = b + b;
        return b * c + a;
      },
      Rng(1).normal({3}));
}

// A small network with everything in it, and a parameter used at two places.
TEST(Gradient, OfParametersOfANetwork) {
  Rng rng(1);
  Parameter w("w", rng.normal({4, 4})), b("b", rng.normal({4})), gamma("gamma", rng.uniform({4}, Scalar(0.5), 2));
  const auto network = [&](const Variable& x) {
    Variable h = tanh(matmul(x, w) + b);
    const Variable deviation = h - mean(h, {0}, Reduced::kept);
    h = deviation / sqrt(mean(deviation * deviation, {0}, Reduced::kept) + Scalar(1e-5)) * gamma;
    return cross_entropy(matmul(h, w), std::vector<std::int32_t>{0, 1, 2, 3, 0, 1}, Scalar(0.1));
  };
  const GradcheckReport report = gradcheck(One(network), rng.normal({6, 4}), {&w, &b, &gamma});
  EXPECT_TRUE(report) << report;
  EXPECT_LT(report.worst_error, 1e-7);
}

}  // namespace
