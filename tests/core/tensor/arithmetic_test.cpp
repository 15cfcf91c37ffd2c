// Tensor arithmetic against loops that take no short cut.
#include "error_of.h"

#include <gradus/core/tensor/arithmetic.h>
#include <gradus/core/tensor/random.h>

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

using namespace gradus;

namespace {

constexpr Scalar nan = std::numeric_limits<Scalar>::quiet_NaN();
constexpr Scalar infinity = std::numeric_limits<Scalar>::infinity();

Tensor random(const Shape& shape, std::uint64_t seed = 1) { return Rng(seed).uniform(shape, Scalar(0.5), 2); }

// The element of x that NumPy's broadcasting puts at place i of a tensor of that shape.
Scalar broadcast_element(const Tensor& x, const Shape& shape, std::int64_t i) {
  std::int64_t offset = 0, stride = 1;
  for (int axis = -1; axis >= -shape.rank(); --axis) {
    const std::int64_t index = i % shape[axis];
    i /= shape[axis];
    if (-axis > x.rank()) continue;
    if (x.size(axis) != 1) offset += index * stride;
    stride *= x.size(axis);
  }
  return x.data()[offset];
}

struct Pair {
  Shape a, b, y;
};

const std::vector<Pair> pairs = {
    {{}, {}, {}},
    {{3}, {3}, {3}},
    {{}, {3}, {3}},
    {{3}, {}, {3}},
    {{1}, {}, {1}},
    {{1, 1}, {1}, {1, 1}},
    {{2, 3}, {3}, {2, 3}},
    {{2, 3}, {1, 3}, {2, 3}},
    {{2, 3}, {2, 1}, {2, 3}},
    {{2, 1}, {1, 3}, {2, 3}},
    {{3}, {2, 1}, {2, 3}},
    {{2, 1, 4}, {2, 3, 4}, {2, 3, 4}},  // a size of 1 in the middle
    {{2, 3, 4}, {3, 1}, {2, 3, 4}},
    {{2, 1, 4}, {1, 3, 1}, {2, 3, 4}},
    {{1, 3, 1, 5}, {4, 1, 2, 1}, {4, 3, 2, 5}},
    {{2, 1, 2, 1, 2, 1, 2, 1}, {3, 1, 3, 1, 3}, {2, 1, 2, 3, 2, 3, 2, 3}},
    {{2, 19}, {19}, {2, 19}},
    {{0}, {1}, {0}},
    {{0}, {}, {0}},
    {{2, 0}, {1, 1}, {2, 0}},
    {{0, 3}, {1, 3}, {0, 3}},
    {{3, 1}, {0}, {3, 0}},
    {{1, 0}, {2, 1}, {2, 0}},
};

TEST(Arithmetic, BroadcastsAsNumPyDoes) {
  for (const auto& [a_shape, b_shape, shape] : pairs) {
    const Tensor a = random(a_shape, 1), b = random(b_shape, 2);
    const Tensor sum = a + b, difference = a - b, product = a * b, quotient = a / b;
    const Tensor chosen = where(greater(a, 1), b, a);
    for (const Tensor& y : {sum, difference, product, quotient, chosen}) ASSERT_EQ(y.shape(), shape);
    for (std::int64_t i = 0; i < shape.count(); ++i) {
      const Scalar u = broadcast_element(a, shape, i), v = broadcast_element(b, shape, i);
      ASSERT_EQ(sum.data()[i], u + v) << a_shape << " + " << b_shape << " at " << i;
      ASSERT_EQ(difference.data()[i], u - v) << a_shape << " - " << b_shape << " at " << i;
      ASSERT_EQ(product.data()[i], u * v) << a_shape << " * " << b_shape << " at " << i;
      ASSERT_EQ(quotient.data()[i], u / v) << a_shape << " / " << b_shape << " at " << i;
      ASSERT_EQ(chosen.data()[i], u > 1 ? v : u) << a_shape << ", " << b_shape << " at " << i;
    }
  }
}

TEST(Arithmetic, SumToIsTheTransposeOfBroadcastTo) {
  for (const auto& [a_shape, b_shape, shape] : pairs) {
    for (const Shape& from : {a_shape, b_shape}) {
      const Tensor x = random(from, 3), dy = random(shape, 4);
      const Tensor y = broadcast_to(x, shape);
      ASSERT_EQ(y.shape(), shape);
      for (std::int64_t i = 0; i < shape.count(); ++i) ASSERT_EQ(y.data()[i], broadcast_element(x, shape, i));
      const Tensor dx = sum_to(dy, from);
      ASSERT_EQ(dx.shape(), from);
      // <broadcast(x), dy> = <x, sum_to(dy)>
      ASSERT_NEAR(sum(y * dy).item(), sum(x * dx).item(), 1e-5 * static_cast<double>(shape.count() + 1))
          << from << " to " << shape;
    }
  }
}

TEST(Arithmetic, BroadcastKeepsTheNumbersAsTheyAre) {
  const Tensor y = broadcast_to(Tensor({2, 1}, {Scalar(-0.0), infinity}), {2, 3});
  EXPECT_TRUE(std::signbit(y.at({0, 1})));
  EXPECT_EQ(y.at({1, 2}), infinity);
  EXPECT_TRUE(std::signbit(broadcast_to(Tensor(Scalar(-0.0)), {2}).at({1})));
}

TEST(Arithmetic, WorksElementByElement) {
  const Tensor x({4}, {Scalar(0.25), 1, Scalar(2.25), 4});
  const auto expect = [&](const Tensor& y, const std::function<double(double)>& f) {
    ASSERT_EQ(y.shape(), x.shape());
    for (int i = 0; i < 4; ++i) EXPECT_NEAR(y.at({i}), f(x.at({i})), 2e-6 * std::abs(f(x.at({i}))));
  };
  expect(-x, [](double v) { return -v; });
  expect(exp(x), [](double v) { return std::exp(v); });
  expect(log(x), [](double v) { return std::log(v); });
  expect(sqrt(x), [](double v) { return std::sqrt(v); });
  expect(tanh(x), [](double v) { return std::tanh(v); });
  expect(sigmoid(x), [](double v) { return 1 / (1 + std::exp(-v)); });
  for (const double p : {-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0, 2.7}) {
    expect(pow(x, static_cast<Scalar>(p)), [p](double v) { return std::pow(v, p); });
  }
}

TEST(Arithmetic, PowerFollowsTheCLibraryAtItsCorners) {
  EXPECT_EQ(pow(Tensor({3}, {-2, 0, 3}), 3), Tensor({3}, {-8, 0, 27}));
  EXPECT_EQ(pow(Tensor({3}, {-2, 0, 3}), 2), Tensor({3}, {4, 0, 9}));
  EXPECT_EQ(pow(Tensor({2}, {0, -1}), 0), Tensor({2}, {1, 1}));
  EXPECT_EQ(pow(Tensor({2}, {0, -2}), -1), Tensor({2}, {infinity, Scalar(-0.5)}));
  EXPECT_TRUE(std::isnan(pow(Tensor(-2), Scalar(0.5)).item()));
}

TEST(Arithmetic, LetsNonFiniteNumbersThrough) {
  EXPECT_TRUE(std::isnan(relu(Tensor(nan)).item()));
  EXPECT_EQ(relu(Tensor({4}, {-infinity, -1, 0, infinity})), Tensor({4}, {0, 0, 0, infinity}));
  EXPECT_EQ(log(Tensor(0)).item(), -infinity);
  EXPECT_TRUE(std::isnan(log(Tensor(-1)).item()));
  EXPECT_TRUE(std::isnan(sqrt(Tensor(-1)).item()));
  EXPECT_EQ(exp(Tensor({2}, {1000, -1000})), Tensor({2}, {infinity, 0}));
  EXPECT_EQ(Tensor(1) / Tensor({2}, {0, Scalar(-0.0)}), Tensor({2}, {infinity, -infinity}));
  EXPECT_EQ(sigmoid(Tensor({3}, {-10000, 0, 10000})), Tensor({3}, {0, Scalar(0.5), 1}));
  EXPECT_EQ(tanh(Tensor({3}, {-10000, 0, 10000})), Tensor({3}, {-1, 0, 1}));
  EXPECT_TRUE(std::isnan(tanh(Tensor(nan)).item()));
  EXPECT_TRUE(std::isnan(sigmoid(Tensor(nan)).item()));
}

TEST(Arithmetic, DerivativesOfActivationsAreInTermsOfTheirResult) {
  const Tensor dy({3}, {2, 3, 4});
  EXPECT_EQ(relu_backward(dy, Tensor({3}, {0, 5, 0})), Tensor({3}, {0, 3, 0}));
  EXPECT_EQ(sigmoid_backward(dy, Tensor({3}, {0, Scalar(0.5), 1})), Tensor({3}, {0, Scalar(0.75), 0}));
  EXPECT_EQ(tanh_backward(dy, Tensor({3}, {-1, Scalar(0.5), 0})), Tensor({3}, {0, Scalar(2.25), 4}));
}

TEST(Arithmetic, WritesOverWhatNobodyElseHolds) {
  const Tensor y({3}, {0, 5, 1});
  const auto all = {sigmoid_backward, tanh_backward, relu_backward, abs_backward,
                    +[](Tensor dy, const Tensor& x) { return std::move(dy) * x; }};
  for (const auto f : all) {
    Tensor dy({3}, {2, 3, 4});
    const Scalar* const data = dy.data();
    const Tensor held = dy, dx = f(std::move(dy), y);
    EXPECT_EQ(held, Tensor({3}, {2, 3, 4}));
    EXPECT_NE(dx.data(), data);
    Tensor alone({3}, {2, 3, 4});
    const Scalar* const place = alone.data();
    const Tensor over = f(std::move(alone), y);
    EXPECT_EQ(over.data(), place);
    EXPECT_EQ(over, dx);
  }
  EXPECT_EQ((Tensor({3}, {1, 2, 3}) * Tensor({2, 1}, {1, 2})).shape(), (Shape{2, 3})) << "too small a place";
}

TEST(Arithmetic, AccumulatesInPlace) {
  Tensor y({2}, {1, 2});
  const Scalar* data = y.data();
  accumulate(y, Tensor({2}, {10, 20}));
  EXPECT_EQ(y, Tensor({2}, {11, 22}));
  EXPECT_EQ(y.data(), data);
  const Tensor saved = y;
  accumulate(y, y);
  EXPECT_EQ(y, Tensor({2}, {22, 44}));
  accumulate(y, saved);
  EXPECT_EQ(y, Tensor({2}, {33, 66}));
  EXPECT_EQ(saved, Tensor({2}, {11, 22}));
  accumulate(y, Tensor(1));
  EXPECT_EQ(y, Tensor({2}, {34, 67}));
}

TEST(Arithmetic, SoftmaxIsStable) {
  const Tensor x({3, 3}, {0, 0, 0, 10000, 0, -10000, -10000, -10000, -9999});
  const Tensor y = softmax(x), log_y = log_softmax(x);
  const double e = std::exp(1.0);
  const double expected[] = {1.0 / 3, 1.0 / 3, 1.0 / 3, 1, 0, 0, 1 / (2 + e), 1 / (2 + e), e / (2 + e)};
  for (int i = 0; i < 9; ++i) EXPECT_NEAR(y.data()[i], expected[i], 1e-6);
  for (int i = 0; i < 9; ++i) {
    EXPECT_NEAR(log_y.data()[i], i == 4 ? -10000 : i == 5 ? -20000 : std::log(expected[i]), 2e-3);
  }
  EXPECT_EQ(softmax(Tensor({2, 1}, {-5, 10000})), Tensor({2, 1}, {1, 1}));
  EXPECT_EQ(softmax(Tensor::zeros({2, 0})).shape(), Shape({2, 0}));
  EXPECT_EQ(log_softmax(Tensor::zeros({2, 0})).shape(), Shape({2, 0}));
  EXPECT_EQ(log_softmax(Tensor::zeros({0, 4})).shape(), Shape({0, 4}));
  EXPECT_TRUE(std::isnan(softmax(Tensor({2}, {nan, 1})).at({1})));
}

TEST(Arithmetic, SoftmaxTakesTheLastAxisOfAnyRank) {
  const Tensor x = random({2, 3, 5});
  EXPECT_EQ(softmax(x), softmax(x.reshape({6, 5})).reshape({2, 3, 5}));
  EXPECT_EQ(softmax(x.reshape({30})).shape(), Shape({30}));
}

TEST(Arithmetic, SaysWhatIsWrong) {
  const Tensor x = Tensor::zeros({128, 784});
  EXPECT_EQ(error_of([&] {
              matmul(x, Tensor::zeros({256, 784}));
            }),
            "matmul: x [128, 784] needs w with 784 rows, got [256, 784]");
  EXPECT_EQ(error_of([&] {
              matmul(x, Tensor::zeros({784, 10}), Transpose::second);
            }),
            "matmul: x [128, 784] needs w with 784 columns, got [784, 10]");
  EXPECT_EQ(error_of([&] {
              matmul(x, Tensor::zeros({784, 10}), Transpose::first);
            }),
            "matmul: x [128, 784] (transposed) needs w with 128 rows, got [784, 10]");
  EXPECT_EQ(error_of([&] { matmul(x, Tensor::zeros({784})); }), "matmul: needs two matrices, got [128, 784] and [784]");
  EXPECT_EQ(error_of([] {
              Tensor({2}, {1, 2}) + Tensor({3}, {1, 2, 3});
            }),
            "add: [2] and [3] do not broadcast: axis -1 has sizes 2 and 3");
  EXPECT_EQ(error_of([] {
              transpose(Tensor::zeros({2, 3, 4}));
            }),
            "transpose: needs a matrix, or two axes to exchange, got [2, 3, 4]");
  EXPECT_EQ(error_of([] { transpose(Tensor::zeros({2, 3}), 0, 2); }), "transpose: [2, 3] has no axis 2");
  EXPECT_EQ(error_of([] { sum_to(Tensor::zeros({2, 3}), {2}); }), "sum_to: [2, 3] is no broadcast of [2]");
  EXPECT_EQ(error_of([] { sum_to(Tensor::zeros({3}), {1, 3}); }), "sum_to: [3] is no broadcast of [1, 3]");
  EXPECT_EQ(error_of([] {
              broadcast_to(Tensor::zeros({2, 3}), {3});
            }),
            "broadcast_to: [2, 3] does not broadcast to [3]");
  EXPECT_EQ(error_of([] { broadcast_to(Tensor::zeros({2}), {3}); }),
            "broadcast_to: [2] and [3] do not broadcast: axis -1 has sizes 2 and 3");
  EXPECT_EQ(error_of([] { softmax(Tensor(1)); }), "softmax: needs at least one axis, got []");
  EXPECT_EQ(error_of([] { log_softmax(Tensor(1)); }), "log_softmax: needs at least one axis, got []");
  EXPECT_EQ(error_of([] {
              Tensor y = Tensor::zeros({2});
              accumulate(y, Tensor::zeros({2, 1}));
            }),
            "accumulate: shape [2] cannot take [2, 1]");
}

}  // namespace
