// Products of matrices, and tensors whose elements change places, against loops that take no short cut.
#include <gradus/core/error.h>
#include <gradus/core/kernels/parallel.h>
#include <gradus/core/tensor/arithmetic.h>
#include <gradus/core/tensor/random.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

using namespace gradus;

namespace {

Tensor random(const Shape& shape, std::uint64_t seed = 1) { return Rng(seed).uniform(shape, Scalar(0.5), 2); }

Tensor naive_matmul(const Tensor& a, const Tensor& b) {
  Tensor c = Tensor::zeros({a.size(0), b.size(1)});
  for (std::int64_t i = 0; i < a.size(0); ++i) {
    for (std::int64_t j = 0; j < b.size(1); ++j) {
      double sum = 0;
      for (std::int64_t k = 0; k < a.size(1); ++k) sum += static_cast<double>(a.at({i, k})) * b.at({k, j});
      c.set({i, j}, static_cast<Scalar>(sum));
    }
  }
  return c;
}

TEST(Matrices, MultipliesMatricesInAllForms) {
  const std::int64_t sizes[][3] = {{1, 1, 1}, {2, 3, 4}, {17, 5, 33}, {40, 19, 1}, {1, 64, 20}, {33, 70, 34},
                                   {0, 3, 4}, {2, 3, 0}, {2, 0, 4},   {0, 0, 0},   {7, 1, 9}};
  for (const auto& [m, k, n] : sizes) {
    const Tensor a = random({m, k}, 1), b = random({k, n}, 2);
    const Tensor expected = naive_matmul(a, b);
    for (const Tensor& c :
         {matmul(a, b), matmul(transpose(a), b, Transpose::first), matmul(a, transpose(b), Transpose::second)}) {
      ASSERT_EQ(c.shape(), expected.shape());
      for (std::int64_t i = 0; i < c.count(); ++i) {
        ASSERT_NEAR(c.data()[i], expected.data()[i], 1e-5 * static_cast<double>(k)) << m << ", " << k << ", " << n;
      }
    }
  }
  EXPECT_EQ(matmul(Tensor::zeros({2, 0}), Tensor::zeros({0, 3})), Tensor::zeros({2, 3})) << "sums of nothing";
}

TEST(Matrices, TransposesAnyTwoAxes) {
  EXPECT_EQ(transpose(Tensor({2, 3}, {1, 2, 3, 4, 5, 6})), Tensor({3, 2}, {1, 4, 2, 5, 3, 6}));
  EXPECT_EQ(transpose(Tensor::zeros({0, 3})).shape(), Shape({3, 0}));
  EXPECT_EQ(transpose(Tensor::zeros({2, 0, 3}), 0, 2).shape(), Shape({3, 0, 2}));
  EXPECT_EQ(transpose(Tensor({1}, {4}), 0, 0), Tensor({1}, {4}));
  const Tensor x = random({2, 3, 1, 4});
  for (int a = -4; a < 4; ++a) {
    for (int b = -4; b < 4; ++b) {
      const Tensor y = transpose(x, a, b);
      const int first = x.shape().resolve(a), second = x.shape().resolve(b);
      for (std::int64_t i = 0; i < x.count(); ++i) {
        std::array<std::int64_t, 4> index = {i / 12, i / 4 % 3, 0, i % 4};
        const Scalar value = x.at({index[0], index[1], index[2], index[3]});
        std::swap(index[static_cast<std::size_t>(first)], index[static_cast<std::size_t>(second)]);
        ASSERT_EQ(y.at({index[0], index[1], index[2], index[3]}), value) << a << ", " << b;
      }
    }
  }
}

TEST(Matrices, PermutesInAnyOrder) {
  const int before = gradus_base::threads();
  for (const int threads : {1, 3})
    for (const Shape& shape : {Shape{5, 33, 2, 17}, Shape{40, 3, 20, 19}, Shape{1, 6, 1, 35}, Shape{2, 0, 3, 4}}) {
      gradus_base::set_threads(threads);
      const Tensor x = random(shape);
      std::array<int, 4> order = {0, 1, 2, 3};
      do {
        const Tensor y = permute(x, {order[0], order[1], order[2], order[3]});
        const auto size = [&](int axis) { return shape[order[static_cast<std::size_t>(axis)]]; };
        ASSERT_EQ(y.shape(), Shape({size(0), size(1), size(2), size(3)}));
        std::array<std::int64_t, 4> at{};  // in x
        for (std::int64_t i = 0; i < y.count(); ++i) {
          std::int64_t rest = i;
          for (int axis = 3; axis >= 0; rest /= size(axis--))
            at[static_cast<std::size_t>(order[static_cast<std::size_t>(axis)])] = rest % size(axis);
          const std::int64_t from = ((at[0] * shape[1] + at[1]) * shape[2] + at[2]) * shape[3] + at[3];
          ASSERT_EQ(y.data()[i], x.data()[from]) << text(x.shape(), " to ", y.shape(), ", element ", i);
        }
      } while (std::ranges::next_permutation(order).found);
    }
  gradus_base::set_threads(before);
}

TEST(Matrices, SlicesAreCutAlongAnyAxis) {
  const Tensor x({2, 3}, {1, 2, 3, 4, 5, 6});
  EXPECT_EQ(slice(x, 1, 1, 3), Tensor({2, 2}, {2, 3, 5, 6}));
  EXPECT_EQ(slice(x, -1, -2, -1), Tensor({2, 1}, {2, 5}));
  EXPECT_EQ(slice(x, 1, 0, 0).shape(), Shape({2, 0})) << "0 is the front, not the end";
  EXPECT_EQ(slice(x, -2, 1, 2), Tensor({1, 3}, {4, 5, 6}));
}

}  // namespace
