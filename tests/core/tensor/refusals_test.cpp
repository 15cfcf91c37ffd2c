// What the tensors' operations answer to a mistake that the tests of each do not show, and what they print whatever the
// stream is set to.
#include "error_of.h"

#include <gradus/core/tensor/arithmetic.h>

#include <gtest/gtest.h>

#include <functional>
#include <iomanip>
#include <sstream>
#include <utility>
#include <vector>

using namespace gradus;

namespace {

TEST(Refusals, NameTheOperation) {
  const Tensor a = Tensor::zeros({2}), b = Tensor::zeros({3});
  const std::pair<const char*, std::function<void()>> operations[] = {
      {"add", [&] { a + b; }},
      {"sub", [&] { a - b; }},
      {"mul", [&] { a* b; }},
      {"div", [&] { a / b; }},
      {"maximum", [&] { maximum(a, b); }},
      {"minimum", [&] { minimum(a, b); }},
      {"greater", [&] { greater(a, b); }},
      {"equal", [&] { equal(a, b); }},
      {"where", [&] { where(1, a, b); }},
      {"where", [&] { where(a, 1, b); }},
      {"relu_backward", [&] { relu_backward(a, b); }},
      {"sigmoid_backward", [&] { sigmoid_backward(a, b); }},
      {"tanh_backward", [&] { tanh_backward(a, b); }},
      {"abs_backward", [&] { abs_backward(a, b); }},
  };
  for (const auto& [name, act] : operations) {
    EXPECT_EQ(error_of(act), std::string(name) + ": [2] and [3] do not broadcast: axis -1 has sizes 2 and 3");
  }
}

TEST(Refusals, OfWhatMovesNumbers) {
  const Tensor x = Tensor::zeros({2, 3});
  EXPECT_EQ(error_of([&] { transpose(x, 2, 0); }), "transpose: [2, 3] has no axis 2");
  EXPECT_EQ(error_of([&] { permute(x, {0, 1, 0}); }), "permute: of [2, 3] needs each of its 2 axes once");
  EXPECT_EQ(error_of([&] { permute(x, {0}); }), "permute: of [2, 3] needs each of its 2 axes once");
  EXPECT_EQ(error_of([&] { permute(x, {0, 2}); }), "permute: [2, 3] has no axis 2");
  EXPECT_EQ(error_of([&] {
              concat(std::vector{x, Tensor::zeros({2})}, 1);
            }),
            "concat: [2, 3] and [2] differ in another axis than 1");
  EXPECT_EQ(error_of([&] {
              concat(std::vector{x, Tensor::zeros({3, 3})}, -1);
            }),
            "concat: [2, 3] and [3, 3] differ in another axis than -1");
  EXPECT_EQ(error_of([] { concat({}, 0); }), "concat: there is nothing to join");
  EXPECT_EQ(error_of([&] { slice(x, -1, -1, 1); }), "slice: from -1 to 1 is outside of axis -1 of [2, 3]");
  EXPECT_EQ(error_of([&] { slice(x, 0, 2, 1); }), "slice: from 2 to 1 is outside of axis 0 of [2, 3]");
  EXPECT_EQ(error_of([&] { slice(x, 1, -4, 1); }), "slice: from -4 to 1 is outside of axis 1 of [2, 3]");
}

TEST(Refusals, OfAccumulate) {
  Tensor y = Tensor::zeros({2});
  EXPECT_EQ(error_of([&] { accumulate(y, Tensor::zeros({5, 2})); }), "accumulate: shape [2] cannot take [5, 2]");
  Tensor none = Tensor::zeros({0, 3});
  accumulate(none, Tensor::full({3}, 1));
  EXPECT_EQ(none.count(), 0);
}

TEST(Refusals, OfMoreThanEightAxes) {
  const Shape eight = {1, 1, 1, 1, 1, 1, 1, 1};
  EXPECT_EQ(error_of([&] { eight.with_last(2); }), "shape: [1, 1, 1, 1, 1, 1, 1, 1] has 8 axes already");
  EXPECT_EQ(error_of([] {
              Tensor(1).reshape({1, 1, 1, 1, 1, 1, 1, 1, -1});
            }),
            "shape: 9 axes, but at most 8 are supported");
  EXPECT_EQ(error_of([] { Axes({0, 1, 2, 3, 4, 5, 6, 7, 8}); }), "axes: more than 8 are named");
}

TEST(Refusals, RowsOfNothingAreNothing) {
  EXPECT_EQ(Tensor::zeros({0, 3}).rows(0, 0).shape(), Shape({0, 3}));
  EXPECT_EQ(error_of([] { Tensor::zeros({0, 3}).rows(0, 1); }), "rows: from 0 to 1 is outside of shape [0, 3]");
  EXPECT_EQ(error_of([] { Tensor(1).rows(0, 0); }), "rows: from 0 to 0 is outside of shape []");
}

TEST(Refusals, PrintingDoesNotDependOnTheStream) {
  std::ostringstream out;
  out << std::hex << std::showpos << std::scientific << std::setprecision(1);
  out << Tensor({2}, {Scalar(12.5), 3}) << ' ' << Shape{17, 2};
  EXPECT_EQ(out.str(), "[12.5, 3] [17, 2]");
}

}  // namespace
