// Distorted training images: what moves what, and the same bits on any number of threads.
#include <gradus/core/kernels/parallel.h>
#include <gradus/examples/training/augment.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

using namespace gradus;
using namespace gradus::examples;

namespace {

// One bright pixel in the middle of each of n images of 9 by 9.
Tensor dots(std::int64_t n) {
  Tensor x = Tensor::zeros({n, 81});
  for (std::int64_t i = 0; i < n; ++i) x.set({i, 40}, 1);
  return x;
}

TEST(Augment, WithoutDistortionChangesNothing) {
  Rng rng(1);
  const Tensor x = rng.uniform({3, 63}, 0, 1);
  const Tensor y = distorted(x, 7, 9, {.shift = 0, .turn = 0, .scale = 0, .bend = 0}, rng);
  for (std::size_t i = 0; i < x.values().size(); ++i) EXPECT_NEAR(y.values()[i], x.values()[i], 1e-5);
}

TEST(Augment, MovesEveryImageDifferentlyAndEachTimeAnew) {
  Rng rng(2);
  const Distortion shift{.shift = 2, .turn = 0, .scale = 0, .bend = 0};
  const Tensor first = distorted(dots(50), 9, 9, shift, rng), second = distorted(dots(50), 9, 9, shift, rng);
  EXPECT_FALSE(first == second);
  EXPECT_FALSE(first.rows(0, 1) == first.rows(1, 2));
  for (std::int64_t n = 0; n < 50; ++n) {  // the light goes to four pixels, none further away than the shift
    Scalar total = 0;
    for (std::int64_t i = 0; i < 81; ++i) {
      total += first.at({n, i});
      const bool far = std::abs(i / 9 - 4) > 2 || std::abs(i % 9 - 4) > 2;
      EXPECT_TRUE(!far || first.at({n, i}) == 0);
    }
    EXPECT_NEAR(total, 1, 1e-5);
  }
}

TEST(Augment, TurnsAndScalesAboutTheMiddle) {
  Rng rng(3);
  for (const std::int64_t columns : {9, 7}) {
    const std::int64_t middle = 4 * columns + columns / 2;
    Tensor x = Tensor::zeros({20, 9 * columns});
    for (std::int64_t n = 0; n < 20; ++n) x.set({n, middle}, 1);
    const Tensor y = distorted(x, 9, columns, {.shift = 0, .turn = 1, .scale = Scalar(0.2), .bend = 0}, rng);
    for (std::int64_t n = 0; n < 20; ++n) EXPECT_NEAR(y.at({n, middle}), 1, 1e-5);
  }
}

// A turned image is as large as the same one that is not: of a ramp, the slopes down and across are the size's cosine
// and sine.
TEST(Augment, TurningKeepsTheSize) {
  Tensor ramp = Tensor::zeros({20, 81});
  for (std::int64_t i = 0; i < ramp.count(); ++i) ramp.mutable_data()[i] = static_cast<Scalar>(i % 81 / 9);
  Rng rng(4), same(4);
  const Distortion scale{.shift = 0, .turn = 0, .scale = Scalar(0.3), .bend = 0};
  Distortion both = scale;
  both.turn = 1;
  const Tensor straight = distorted(ramp, 9, 9, scale, rng), turned = distorted(ramp, 9, 9, both, same);
  for (std::int64_t n = 0; n < 20; ++n) {
    const auto slope = [n](const Tensor& y, std::int64_t step) {
      return (y.at({n, 40 + step}) - y.at({n, 40 - step})) / 2;
    };
    EXPECT_NEAR(std::hypot(slope(turned, 9), slope(turned, 1)), slope(straight, 9), 1e-5);
  }
}

// Moved by less than a pixel, a bright image keeps some light at each of its edges.
TEST(Augment, FadesAtEveryEdgeAlike) {
  Rng rng(7);
  const Tensor x = Tensor::full({50, 81}, 1);
  const Tensor y = distorted(x, 9, 9, {.shift = Scalar(0.9), .turn = 0, .scale = 0, .bend = 0}, rng);
  for (const std::int64_t edge : {4, 36, 44, 76}) {
    Scalar least = 1;
    for (std::int64_t n = 0; n < 50; ++n) least = std::min(least, y.at({n, edge}));
    EXPECT_NEAR(least, 0.2, 0.1) << edge;
  }
}

TEST(Augment, BendsSmoothly) {
  Rng rng(4);
  Tensor line = Tensor::zeros({1, 28 * 28});  // a vertical one
  for (std::int64_t i = 0; i < 28; ++i) line.set({0, i * 28 + 14}, 1);
  const Tensor y = distorted(line, 28, 28, {.shift = 0, .turn = 0, .scale = 0, .bend = 3}, rng);
  double before = 14, largest = 0, farthest = 0;
  for (std::int64_t i = 0; i < 28; ++i) {  // where the line crosses each row
    double light = 0, place = 0;
    for (std::int64_t j = 0; j < 28; ++j) {
      light += y.at({0, i * 28 + j});
      place += static_cast<double>(j) * y.at({0, i * 28 + j});
    }
    ASSERT_GT(light, 0.3) << "row " << i;
    if (i > 0) largest = std::max(largest, std::abs(place / light - before));
    before = place / light;
    farthest = std::max(farthest, std::abs(before - 14));
  }
  EXPECT_GT(farthest, 0.5);
  EXPECT_LT(largest, 1.0);
}

TEST(Augment, SameBitsOnAnyNumberOfThreads) {
  Rng source(5);
  const Tensor x = source.uniform({100, 784}, 0, 1);
  Rng one(6), three(6);
  const Tensor expected = distorted(x, 28, 28, {}, one);
  set_threads(3);
  const Tensor y = distorted(x, 28, 28, {}, three);
  set_threads(1);
  EXPECT_EQ(y, expected);
  EXPECT_EQ(one.state(), three.state());
}

}  // namespace
