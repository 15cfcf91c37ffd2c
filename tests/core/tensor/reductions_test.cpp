// Sums, means and maxima over every choice of axes.
#include "error_of.h"

#include <gradus/core/tensor/arithmetic.h>
#include <gradus/core/tensor/random.h>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

using namespace gradus;

namespace {

// The place in the reduced tensor (axes kept) to which element i of x goes.
std::int64_t goes_to(const Shape& x, const Axes& axes, std::int64_t i) {
  std::int64_t place = 0, stride = 1;
  for (int axis = x.rank() - 1; axis >= 0; --axis) {
    const std::int64_t index = i % x[axis];
    i /= x[axis];
    bool goes = false;
    for (const int a : axes) goes |= a == axis;
    if (goes) continue;
    place += index * stride;
    stride *= x[axis];
  }
  return place;
}

Shape kept_shape(Shape shape, const Axes& axes) {
  for (const int axis : axes) shape = shape.with(axis, 1);
  return shape;
}

TEST(Reduce, OverEverySubsetOfAxes) {
  for (const Shape& shape :
       {Shape({5}), Shape({3, 4}), Shape({2, 3, 4}), Shape({2, 1, 3, 5}), Shape({2, 3, 2, 3, 2})}) {
    const Tensor x = Rng(1).normal(shape);
    for (unsigned subset = 0; subset < 1u << shape.rank(); ++subset) {
      Axes axes;
      for (int axis = 0; axis < shape.rank(); ++axis) {
        if (subset >> axis & 1) axes.push_back(axis);
      }
      const Shape kept = kept_shape(shape, axes);
      std::vector<double> sums(static_cast<std::size_t>(kept.count()), 0), maxima(sums.size(), -1e9);
      for (std::int64_t i = 0; i < x.count(); ++i) {
        const auto place = static_cast<std::size_t>(goes_to(shape, axes, i));
        sums[place] += x.data()[i];
        maxima[place] = std::max(maxima[place], static_cast<double>(x.data()[i]));
      }
      const Tensor s = sum(x, axes, Reduced::kept), m = max(x, axes, Reduced::kept), a = mean(x, axes, Reduced::kept);
      ASSERT_EQ(s.shape(), kept);
      ASSERT_EQ(m.shape(), kept);
      ASSERT_EQ(a.shape(), kept);
      const double count = static_cast<double>(shape.count() / kept.count());
      for (std::size_t i = 0; i < sums.size(); ++i) {
        ASSERT_NEAR(s.data()[i], sums[i], 1e-5) << shape << " subset " << subset;
        ASSERT_NEAR(a.data()[i], sums[i] / count, 1e-6) << shape << " subset " << subset;
        ASSERT_EQ(m.data()[i], static_cast<Scalar>(maxima[i])) << shape << " subset " << subset;
      }
      ASSERT_EQ(sum(x, axes).count(), kept.count());
      ASSERT_EQ(sum(x, axes).rank(), shape.rank() - static_cast<int>(axes.size()));
      ASSERT_EQ(sum(x, axes).reshape(kept), s);
    }
  }
}

TEST(Reduce, TakesAxesInAnyOrderAndFromTheEnd) {
  const Tensor x = Rng(2).normal({2, 3, 4});
  EXPECT_EQ(sum(x, {2, 0}), sum(x, {0, 2}));
  EXPECT_EQ(sum(x, {-1, -3}), sum(x, {0, 2}));
  EXPECT_EQ(max(x, {-2}), max(x, {1}));
  EXPECT_EQ(mean(x, {-1}, Reduced::kept).shape(), Shape({2, 3, 1}));
  EXPECT_EQ(max(x, {1}).shape(), Shape({2, 4}));
}

TEST(Reduce, OverNoAxisChangesNothing) {
  const Tensor x = Rng(3).normal({2, 3});
  EXPECT_EQ(sum(x, {}), x);
  EXPECT_EQ(mean(x, {}), x);
  EXPECT_EQ(max(x, {}), x);
  EXPECT_EQ(sum(Tensor(4), {}), Tensor(4));
}

TEST(Reduce, OverAllAxesGivesAScalar) {
  const Tensor x({2, 3}, {1, 2, 3, 4, 5, 6});
  EXPECT_EQ(sum(x), Tensor(21));
  EXPECT_EQ(sum(x, all_axes(x)), Tensor(21));
  EXPECT_EQ(mean(x, all_axes(x)), Tensor(Scalar(3.5)));
  EXPECT_EQ(max(x, all_axes(x)), Tensor(6));
  EXPECT_EQ(max(-x, all_axes(x)), Tensor(-1));
  EXPECT_EQ(sum(Tensor(7)), Tensor(7));
  EXPECT_EQ(mean(Tensor(7), {}), Tensor(7));
}

// As in NumPy: the sum of nothing is 0, its mean and maximum are mistakes, and a result without elements is fine.
TEST(Reduce, OfEmptyTensors) {
  const Tensor none = Tensor::zeros({0, 3});
  EXPECT_EQ(sum(none), Tensor(0));
  EXPECT_EQ(sum(none, {0}), Tensor::zeros({3}));
  EXPECT_EQ(sum(none, {1}), Tensor::zeros({0}));
  EXPECT_EQ(sum(none, {1}, Reduced::kept), Tensor::zeros({0, 1}));
  EXPECT_EQ(mean(none, {1}), Tensor::zeros({0}));
  EXPECT_EQ(max(none, {1}), Tensor::zeros({0}));
  EXPECT_EQ(max(Tensor::zeros({2, 0, 3}), {0}), Tensor::zeros({0, 3}));
}

TEST(Reduce, TheLargestIsNanWhereThereIsOne) {
  const Scalar nan = std::numeric_limits<Scalar>::quiet_NaN(), infinity = std::numeric_limits<Scalar>::infinity();
  const Tensor x({3, 2}, {1, nan, 2, 5, -infinity, 4});
  EXPECT_EQ(max(x, {0}).at({0}), 2);
  EXPECT_TRUE(std::isnan(max(x, {0}).at({1})));
  EXPECT_EQ(max(x, {1}).at({1}), 5);
  EXPECT_EQ(max(Tensor({2}, {-infinity, -infinity}), {0}).item(), -infinity);
}

TEST(Reduce, SumsAMillionNumbers) {
  const Tensor x = Tensor::full({1'000'000}, Scalar(0.1));
  EXPECT_NEAR(sum(x).item(), 100'000, 50);
  EXPECT_NEAR(mean(x.reshape({1000, 1000}), {0, 1}).item(), 0.1, 5e-5);
}

TEST(Reduce, SaysWhatIsWrong) {
  const Tensor x = Tensor::zeros({2, 3}), none = Tensor::zeros({0, 3});
  EXPECT_EQ(error_of([&] { sum(x, {2}); }), "sum: [2, 3] has no axis 2");
  EXPECT_EQ(error_of([&] { mean(x, {-3}); }), "mean: [2, 3] has no axis -3");
  EXPECT_EQ(error_of([&] { max(Tensor(1), {0}); }), "max: [] has no axis 0");
  EXPECT_EQ(error_of([&] { sum(x, {0, -2}); }), "sum: axis 0 of [2, 3] is named twice");
  EXPECT_EQ(error_of([&] { mean(x, {1, 1}); }), "mean: axis 1 of [2, 3] is named twice");
  EXPECT_EQ(error_of([&] { mean(none, {0}); }), "mean: of nothing, along axes that hold no element: [0, 3]");
  EXPECT_EQ(error_of([&] { max(none, {0, 1}); }), "max: of nothing, along axes that hold no element: [0, 3]");
  EXPECT_EQ(error_of([&] { max(Tensor(), {0}); }), "max: of nothing, along axes that hold no element: [0]");
}

// Long sums keep their digits: one by one, 1e6 times 0.1 would come out as 100958.
TEST(Reduce, LongSumsKeepTheirDigits) {
  const Tensor columns = sum(Tensor::full({1'000'000, 2}, Scalar(0.1)), {0});
  for (const Scalar total : columns.values()) EXPECT_NEAR(total, 1e5, 0.5);
  EXPECT_NEAR(sum(Tensor::full({1'000'000}, Scalar(0.1))).item(), 1e5, 0.5);
  EXPECT_NEAR(sum(Tensor::full({3, 1'000'001, 1}, Scalar(0.1)), {1, 2}).at({2}), 1e5 + 0.1, 0.5);
  const Tensor wide = sum(Tensor::full({100'000, 70}, Scalar(0.1)), {0});
  for (const Scalar total : wide.values()) EXPECT_NEAR(total, 1e4, 0.02);
}

}  // namespace
