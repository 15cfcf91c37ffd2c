// Every kernel at every level, the plain one included, on numbers that one can work out by hand.
#include "core/kernels/kernels_test.h"

namespace gradus::kernels {
namespace {

// Of a kernel that fills y with n numbers.
template <class Kernel>
Values filled(int n, const Kernel& kernel) {
  Values y(static_cast<std::size_t>(n), kNan);
  kernel(y.data());
  return y;
}

constexpr double kTolerance = 8 * kEpsilon;

TEST_P(Kernels, ElementsByHand) {
  const Values x = {-1, 0, 4}, half = {0.5, 0.5, 0.5}, y = {0.75, 0, -2}, dy = {2, 2, 2};
  const auto unary = [&](Unary op) { return filled(3, [&](Scalar* to) { table.unary(op, 3, x.data(), to); }); };
  const auto binary = [&](Binary op, const Values& a, const Values& b) {
    return filled(3, [&](Scalar* to) { table.binary(op, 1, 3, {a.data(), 0, 1}, {b.data(), 0, 1}, to); });
  };
  EXPECT_EQ(unary(Unary::neg), (Values{1, 0, -4}));
  EXPECT_EQ(unary(Unary::relu), (Values{0, 0, 4}));
  EXPECT_EQ(unary(Unary::sqrt)[2], 2);
  expect_close(unary(Unary::exp), {Scalar(0.36787944117144233), 1, Scalar(54.598150033144236)}, kTolerance, "exp");
  expect_close(unary(Unary::log), {kNan, -kInfinity, Scalar(1.3862943611198906)}, kTolerance, "log");
  expect_close(unary(Unary::sigmoid), {Scalar(0.2689414213699951), 0.5, Scalar(0.98201379003790845)}, kTolerance,
               "sigmoid");
  expect_close(unary(Unary::tanh), {Scalar(-0.76159415595576489), 0, Scalar(0.99932929973906704)}, kTolerance, "tanh");
  EXPECT_EQ(binary(Binary::add, x, half), (Values{-0.5, 0.5, 4.5}));
  const Scalar zero = Scalar(-0.0);
  EXPECT_TRUE(std::signbit(filled(1,
                                  [&](Scalar* to) {
                                    table.binary(Binary::add, 1, 1, {&zero, 0, 1}, {&zero, 0, 0}, to);
                                  })[0]))
      << "one number for all keeps its sign, even of 0";
  EXPECT_EQ(binary(Binary::sub, x, half), (Values{-1.5, -0.5, 3.5}));
  EXPECT_EQ(binary(Binary::mul, x, half), (Values{-0.5, 0, 2}));
  EXPECT_EQ(binary(Binary::div, x, half), (Values{-2, 0, 8}));
  EXPECT_EQ(binary(Binary::relu_backward, dy, y), (Values{2, 0, 0}));
  EXPECT_EQ(binary(Binary::sigmoid_backward, dy, y), (Values{0.375, 0, -12}));
  EXPECT_EQ(binary(Binary::tanh_backward, dy, y), (Values{0.875, 2, -6}));
  EXPECT_EQ(filled(3, [&](Scalar* to) { table.power(3, x.data(), 3, to); }), (Values{-1, 0, 64}));
}

// Where one of two is chosen, or a slope has a corner or an end.
TEST_P(Kernels, ChoicesByHand) {
  const Values a = {1, kNan, 2, kNan, 3, 2}, b = {2, 1, kNan, kNan, 3, 1};
  const auto binary = [&](Binary op, const Values& x, const Values& y) {
    const int n = static_cast<int>(x.size());
    return filled(n, [&](Scalar* to) { table.binary(op, 1, n, {x.data(), 0, 1}, {y.data(), 0, 1}, to); });
  };
  expect_close(binary(Binary::maximum, a, b), {2, kNan, kNan, kNan, 3, 2}, 0, "maximum");
  expect_close(binary(Binary::minimum, a, b), {1, kNan, kNan, kNan, 3, 1}, 0, "minimum");
  EXPECT_EQ(binary(Binary::greater, a, b), (Values{0, 0, 0, 0, 0, 1}));
  EXPECT_EQ(binary(Binary::equal, a, b), (Values{0, 0, 0, 0, 1, 0}));
  const Values dy = {2, 2, 2, 2}, x = {-kInfinity, Scalar(-0.0), kNan, kInfinity};
  expect_close(binary(Binary::abs_backward, dy, x), {-2, 0, kNan, 2}, 0, "slope of abs");
  const auto unary = [&](Unary op) { return filled(4, [&](Scalar* to) { table.unary(op, 4, x.data(), to); }); };
  expect_close(unary(Unary::gelu), {0, 0, kNan, kInfinity}, 0, "gelu");
  Values y(4);
  expect_close(filled(4, [&](Scalar* to) { table.gelu(4, x.data(), y.data(), to); }), {0, Scalar(0.5), kNan, 1},
               kTolerance, "slope of gelu");
  expect_close(y, {0, 0, kNan, kInfinity}, 0, "gelu");
  expect_close(unary(Unary::abs), {kInfinity, 0, kNan, kInfinity}, 0, "abs");
  EXPECT_FALSE(std::signbit(unary(Unary::abs)[1]));
  const Scalar zero = 0;
  EXPECT_FALSE(std::signbit(filled(1, [&](Scalar* to) { table.unary(Unary::abs, 1, &zero, to); })[0]));
}

TEST_P(Kernels, MatricesByHand) {
  const Values a = {1, 2, 3, 4, 5, 6}, at = {1, 4, 2, 5, 3, 6};        // [2, 3] and its transpose
  const Values b = {1, 0, 0, 1, 10, 100}, bt = {1, 0, 10, 0, 1, 100};  // [3, 2] and its transpose
  const auto product = [&](Form form, const Values& x, const Values& y) {
    return filled(4, [&](Scalar* to) { table.matmul(form, 2, 2, 3, x.data(), y.data(), to); });
  };
  const Values c = {31, 302, 64, 605};
  EXPECT_EQ(product(Form::nn, a, b), c);
  EXPECT_EQ(product(Form::nt, a, bt), c);
  EXPECT_EQ(product(Form::tn, at, b), c);
  EXPECT_EQ(filled(6, [&](Scalar* to) { table.transpose(2, 3, a.data(), 3, to, 2); }), at);
}

TEST_P(Kernels, ReductionsByHand) {
  const Values x = {1, 8, 3, 4, 5, 6, 7, 2};
  EXPECT_EQ(filled(2, [&](Scalar* to) { table.sum(2, 4, 1, x.data(), to); }), (Values{16, 20}));
  EXPECT_EQ(filled(2, [&](Scalar* to) { table.sum(1, 4, 2, x.data(), to); }), (Values{16, 20}));
  EXPECT_EQ(filled(4, [&](Scalar* to) { table.sum(2, 2, 2, x.data(), to); }), (Values{4, 12, 12, 8}));
  EXPECT_EQ(filled(2, [&](Scalar* to) { table.max(1, 4, 2, x.data(), to); }), (Values{7, 8}));
  EXPECT_EQ(filled(4, [&](Scalar* to) { table.max(2, 2, 2, x.data(), to); }), (Values{3, 8, 7, 6}));
  EXPECT_EQ(filled(1, [&](Scalar* to) { table.sum(1, 0, 1, nullptr, to); }), (Values{0}));
  EXPECT_EQ(filled(1, [&](Scalar* to) { table.max(1, 0, 1, nullptr, to); }), (Values{-kInfinity}));
}

// So many that both halves of a pairwise sum are halved again; whole numbers, whose sums are exact.
TEST_P(Kernels, LongReductionsByHand) {
  for (const int inner : {1, 3}) {
    const int count = inner == 1 ? 20'000 : 700;
    Values x, sums(static_cast<std::size_t>(inner), 0);
    for (int i = 0; i < count * inner; ++i) {
      x.push_back(Scalar(i / inner % 7 + i % inner));
      sums[static_cast<std::size_t>(i % inner)] += x.back();
    }
    EXPECT_EQ(filled(inner, [&](Scalar* to) { table.sum(1, count, inner, x.data(), to); }), sums);
    for (const int at : {0, count / 2, count - 1}) {
      Values y = x;
      y[static_cast<std::size_t>(at * inner)] = 99;
      EXPECT_EQ(filled(inner, [&](Scalar* to) { table.max(1, count, inner, y.data(), to); })[0], 99) << at;
    }
  }
}

TEST_P(Kernels, SoftmaxByHand) {
  const Values x = {0, Scalar(std::log(3.0)), 7, 7};  // two rows: 1 to 3, and even
  const Values p = {0.25, 0.75, 0.5, 0.5};
  expect_close(filled(4, [&](Scalar* to) { table.softmax(2, 2, x.data(), to); }), p, kTolerance, "softmax");
  const Values log_p = {Scalar(std::log(0.25)), Scalar(std::log(0.75)), Scalar(std::log(0.5)), Scalar(std::log(0.5))};
  expect_close(filled(4, [&](Scalar* to) { table.log_softmax(2, 2, x.data(), to); }), log_p, kTolerance, "logarithm");
  const std::int32_t labels[] = {1, 0};
  Values losses(2), dx(4);
  table.cross_entropy(2, 2, x.data(), labels, 0, losses.data(), dx.data());
  expect_close(losses, {-log_p[1], -log_p[2]}, kTolerance, "loss");
  expect_close(dx, {0.25, -0.25, -0.5, 0.5}, kTolerance, "gradient");
  table.cross_entropy(2, 2, x.data(), labels, 0.5, losses.data(), dx.data());  // targets 0.25 and 0.75
  expect_close(losses, {Scalar(-0.25) * log_p[0] - Scalar(0.75) * log_p[1], -log_p[2]}, kTolerance, "smoothed loss");
  expect_close(dx, {0, 0, -0.25, 0.25}, kTolerance, "its gradient");
  const std::int32_t padded[] = {-1, 0};
  losses = {7, 7}, dx = {7, 7, 7, 7};
  table.cross_entropy(2, 2, x.data(), padded, 0, losses.data(), dx.data());
  expect_close(losses, {0, -log_p[2]}, kTolerance, "nothing of what is left out");
  expect_close(dx, {0, 0, -0.5, 0.5}, kTolerance, "nor of its gradient");
}

// Two channels {1, 5} and {2, 2}, as [2, 2, 1] and as [1, 2, 2]: means 3 and 2, variances 4 and 0, eps 1/16.
TEST_P(Kernels, BatchNormByHand) {
  for (bool runs : {false, true}) {
    const Channels s = runs ? Channels{1, 2, 2} : Channels{2, 2, 1};
    const auto arrange = [&](const Values& v) { return runs ? v : Values{v[0], v[2], v[1], v[3]}; };
    const Values x = arrange({1, 5, 2, 2}), dy = arrange({1, 0, 2, 4}), gamma = {3, 2}, beta = {1, 0};
    const double std = std::sqrt(4 + 0.0625), xhat = 2 / std;
    Values mean(2), variance(2), inv_std(2), y(4), dx(4), dgamma(2), dbeta(2);
    table.batch_norm_forward(s, x.data(), gamma.data(), beta.data(), Scalar(0.0625), mean.data(), variance.data(),
                             inv_std.data(), y.data());
    EXPECT_EQ(mean, (Values{3, 2}));
    EXPECT_EQ(variance, (Values{4, 0}));
    expect_close(inv_std, {Scalar(1 / std), 4}, kTolerance, "inv_std");
    const Values expected = arrange({Scalar(1 - 3 * xhat), Scalar(1 + 3 * xhat), 0, 0});
    expect_close(y, expected, kTolerance, "y");
    table.batch_norm_normalize(s, x.data(), mean.data(), inv_std.data(), gamma.data(), beta.data(), y.data());
    expect_close(y, expected, kTolerance, "y again");

    table.batch_norm_backward(s, true, x.data(), dy.data(), mean.data(), inv_std.data(), gamma.data(), dx.data(),
                              dgamma.data(), dbeta.data());
    expect_close(dbeta, {1, 6}, kTolerance, "dbeta");
    expect_close(dgamma, {Scalar(-xhat), 0}, kTolerance, "dgamma");
    const double first = 3 / std * (1 - 0.5 - xhat * xhat / 2);
    expect_close(dx, arrange({Scalar(first), Scalar(-first), -8, 8}), kTolerance, "dx");
    table.batch_norm_backward(s, false, x.data(), dy.data(), mean.data(), inv_std.data(), gamma.data(), dx.data(),
                              dgamma.data(), dbeta.data());
    expect_close(dx, arrange({Scalar(3 / std), 0, 16, 32}), kTolerance, "dx of constants");
  }
}

// Classes of so many blocks that both halves of their sum are halved again: all equal, so that each has its share, and
// with smoothing the loss is the same.
TEST_P(Kernels, SoftmaxOfManyClassesByHand) {
  const int cols = 10'000;
  const Values x(cols, 3);
  const Values p = filled(cols, [&](Scalar* to) { table.softmax(1, cols, x.data(), to); });
  for (const Scalar share : p) ASSERT_NEAR(share * Scalar(cols), 1, 1e-5);
  const std::int32_t label = cols - 1;
  for (const Scalar smoothing : {Scalar(0), Scalar(0.5)}) {
    Values loss(1);
    table.cross_entropy(1, cols, x.data(), &label, smoothing, loss.data(), nullptr);
    EXPECT_NEAR(loss[0], std::log(10000.0), 1e-5);
  }
  Values last = x;
  last.back() = 4;
  Values loss(1);
  table.cross_entropy(1, cols, last.data(), &label, 1, loss.data(), nullptr);  // the mean of all
  EXPECT_NEAR(loss[0], std::log(9999 + std::exp(1.0)) - 1.0 / 10000, 1e-5);
}

TEST_P(Kernels, OptimizersByHand) {
  // g = 2 and 3 of a decay of 0.5 times w = 2; m = 0.5 (1 + 3), v = 0.75 4 + 0.25 3^2, corrected to 4 and 8.
  Scalar g = 2, w = 2, m = 1, v = 4;
  table.adam({.learning_rate = 0.5,
              .beta1 = 0.5,
              .beta2 = 0.75,
              .eps = 1,
              .weight_decay = 0.5,
              .decoupled = false,
              .correction1 = 0.5,
              .correction2 = 0.65625},
             1, &g, &w, &m, &v);
  EXPECT_EQ(m, 2);
  EXPECT_EQ(v, 5.25);
  expect_close(w, 2 - 0.5 * 4 / (std::sqrt(8.0) + 1), kTolerance, "w");
  // Decoupled: w = 2 - 0.5 0.5 2 = 1.5 before its step.
  w = 2, m = 2, v = 4;
  table.adam({0.5, 0.5, 0.75, 1, 0.5, true, 1, 1}, 1, &g, &w, &m, &v);
  EXPECT_EQ(m, 2);
  EXPECT_EQ(v, 4);
  expect_close(w, 1.5 - 0.5 * 2 / 3, kTolerance, "w, decoupled");

  // g = 3 with its decay; velocity = 0.5 4 + 3.
  for (bool nesterov : {false, true}) {
    Scalar velocity = 4;
    w = 2;
    table.sgd(1, &g, 0.25, 0.5, 0.5, nesterov, &w, &velocity);
    EXPECT_EQ(velocity, 5);
    EXPECT_EQ(w, nesterov ? 2 - 0.25 * (3 + 0.5 * 5) : 2 - 0.25 * 5);
  }
  w = 2;
  table.sgd(1, &g, 0.25, 0, 0.5, false, &w, nullptr);
  EXPECT_EQ(w, 1.25);
}

TEST_P(Kernels, GatherByHand) {
  const std::uint8_t x[] = {0, 1, 2, 3, 4, 255};
  const std::int32_t indices[] = {2, 0};
  EXPECT_EQ(filled(4, [&](Scalar* to) { table.gather_bytes(2, 2, x, indices, 2, to); }), (Values{2, 127.5, 0, 0.5}));
}

}  // namespace
}  // namespace gradus::kernels
