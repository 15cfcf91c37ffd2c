// The kernels of batch normalization, against the plain ones.
#include "core/kernels/kernels_test.h"

namespace gradus::kernels {
namespace {

// What the forward and the backward return.
struct Normalized {
  Values mean, variance, inv_std, y, dx, dgamma, dbeta;

  explicit Normalized(Channels s)
      : mean(static_cast<std::size_t>(s.c)),
        variance(mean),
        inv_std(mean),
        y(static_cast<std::size_t>(s.n * s.c * s.l)),
        dx(y),
        dgamma(mean),
        dbeta(mean) {}

  Normalized(const Table& table, Channels s, Scalar* x, Scalar* dy, Scalar* gamma, Scalar* beta, Scalar eps)
      : Normalized(s) {
    table.batch_norm_forward(s, x, gamma, beta, eps, mean.data(), variance.data(), inv_std.data(), y.data());
    table.batch_norm_backward(s, true, x, dy, mean.data(), inv_std.data(), gamma, dx.data(), dgamma.data(),
                              dbeta.data());
  }
};

std::string text(Channels s) {
  return "[" + std::to_string(s.n) + ", " + std::to_string(s.c) + ", " + std::to_string(s.l) + "]";
}

void check_batch_norm(const Table& table, const Table& plain, Channels s, bool affine) {
  SCOPED_TRACE(text(s));
  const int64_t size = s.n * s.c * s.l;
  const Scalar eps = Scalar(1e-5);
  const double loose = 150 * kEpsilon;
  Source source(static_cast<std::uint64_t>(size));
  Unaligned x(source.values(size)), dy(source.values(size)), gamma(source.values(s.c)), beta(source.values(s.c));
  for (int64_t i = 0; i < size; ++i) x.data()[i] += Scalar(0.5);
  Scalar* const g = affine ? gamma.data() : nullptr;
  Scalar* const b = affine ? beta.data() : nullptr;
  Unaligned mean(s.c), variance(s.c), inv_std(s.c), y(size), again(size), dx(size), dgamma(s.c), dbeta(s.c);
  const Normalized expected(plain, s, x.data(), dy.data(), g, b, eps);

  table.batch_norm_forward(s, x.data(), g, b, eps, mean.data(), variance.data(), inv_std.data(), y.data());
  table.batch_norm_normalize(s, x.data(), mean.data(), inv_std.data(), g, b, again.data());
  // normalize() is given the mean as it was rounded; the forward also takes off what rounding did to it.
  for (int64_t k = 0; k < size; ++k) {
    const double steep = inv_std[k / s.l % s.c] * (affine ? std::abs(gamma[k / s.l % s.c]) : 1);
    expect_close(again[k], y[k], kEpsilon * 8.5 * std::max(1.0, steep), "normalize");
  }
  table.batch_norm_backward(s, true, x.data(), dy.data(), mean.data(), inv_std.data(), g, dx.data(), dgamma.data(),
                            dbeta.data());
  for (int64_t j = 0; j < s.c; ++j) {
    const std::size_t at = static_cast<std::size_t>(j);
    const double steep = 1 / std::sqrt(static_cast<double>(expected.variance[at]) + eps);
    expect_close(mean[j], expected.mean[at], 19 * kEpsilon, "mean");
    expect_close(variance[j], expected.variance[at], loose, "variance");
    expect_close(inv_std[j], expected.inv_std[at], loose * steep * steep, "inv_std");
    expect_close(dgamma[j], expected.dgamma[at], loose * steep * static_cast<double>(s.n * s.l), "dgamma");
    expect_close(dbeta[j], expected.dbeta[at], loose, "dbeta");
    for (int64_t i = 0; i < s.n; ++i)
      for (int64_t p = 0; p < s.l; ++p) {
        const int64_t k = (i * s.c + j) * s.l + p;
        expect_close(y[k], expected.y[static_cast<std::size_t>(k)], loose * steep, "y");
        expect_close(dx[k], expected.dx[static_cast<std::size_t>(k)], loose * steep * steep, "dx");
      }
  }
}

TEST_P(FastKernels, BatchNormAgreesWithPlain) {
  for (int64_t n : {2, 7, 17, 33, 129})
    for (int64_t c : kSizes)
      for (bool affine : {true, false}) check_batch_norm(table, plain, {n, c, 1}, affine);
  for (int64_t n : {1, 3, 17})
    for (int64_t c : {0, 1, 3, 17})
      for (int64_t l : {2, 7, 15, 16, 33, 100}) check_batch_norm(table, plain, {n, c, l}, c != 3);
  check_batch_norm(table, plain, {300, 2, 3}, true);   // sums of more than one block over the samples,
  check_batch_norm(table, plain, {2, 2, 5000}, true);  // and over the neighbours
}

TEST_P(Kernels, BatchNormInPlaceAndWithoutSomeOfItsResults) {
  for (Channels s : {Channels{33, 19, 1}, Channels{5, 19, 9}}) {
    SCOPED_TRACE(text(s));
    Source source(2);
    Unaligned x(source.values(s.n * s.c * s.l)), dy(source.values(s.n * s.c * s.l)), gamma(source.values(s.c));
    Normalized all(table, s, x.data(), dy.data(), gamma.data(), nullptr, 1);
    Normalized again(s);
    const auto backward = [&](Scalar* dx, Scalar* to_gamma, Scalar* to_beta) {
      table.batch_norm_backward(s, true, x.data(), dy.data(), all.mean.data(), all.inv_std.data(), gamma.data(), dx,
                                to_gamma, to_beta);
    };
    backward(nullptr, nullptr, nullptr);
    backward(nullptr, again.dgamma.data(), nullptr);
    backward(nullptr, nullptr, again.dbeta.data());
    EXPECT_TRUE(same_bits(again.dgamma, all.dgamma) && same_bits(again.dbeta, all.dbeta)) << "without dx";
    backward(dy.data(), nullptr, nullptr);
    EXPECT_TRUE(same_bits(dy.values(), all.dx)) << "dx in place of dy";
    table.batch_norm_forward(s, x.data(), gamma.data(), nullptr, 1, again.mean.data(), again.variance.data(),
                             again.inv_std.data(), x.data());
    EXPECT_TRUE(same_bits(x.values(), all.y)) << "y in place of x";
  }
}

// Where its output begins a cache line, it is sent past the caches.
TEST_P(FastKernels, BatchNormOfLargeArraysDoesNotDependOnWhereTheyLie) {
  const Channels s{2049, 1024, 1};
  const int64_t size = s.n * s.c;
  Source source(5);
  const Values x = source.values(size), dy = source.values(size);
  Normalized all(table, s, Values(x).data(), Values(dy).data(), nullptr, nullptr, 1);
  Values room(static_cast<std::size_t>(size + 64));
  Scalar* line = room.data();
  while (reinterpret_cast<std::uintptr_t>(line) % 64 != 0) ++line;
  for (Scalar* to : {line, line + 1}) {
    const auto equals = [&](const Values& expected) { return std::equal(expected.begin(), expected.end(), to); };
    table.batch_norm_forward(s, x.data(), nullptr, nullptr, 1, all.mean.data(), all.variance.data(), all.inv_std.data(),
                             to);
    EXPECT_TRUE(equals(all.y));
    table.batch_norm_backward(s, true, x.data(), dy.data(), all.mean.data(), all.inv_std.data(), nullptr, to, nullptr,
                              nullptr);
    EXPECT_TRUE(equals(all.dx));
  }
}

TEST_P(FastKernels, BatchNormKeepsItsDigitsFarFromZero) {
  for (int64_t l : {1, 9}) {
    const Channels s{512, 3, l};
    Source source(5);
    Unaligned x(source.values(s.n * s.c * l));
    for (int64_t i = 0; i < s.n * s.c * l; ++i) x.data()[i] = Scalar(1e4) + x[i] * std::sqrt(Scalar(3));  // deviation 1
    const Normalized results(table, s, x.data(), x.data(), nullptr, nullptr, Scalar(1e-5));
    const Normalized expected(plain, s, x.data(), x.data(), nullptr, nullptr, Scalar(1e-5));
    for (std::size_t j = 0; j < 3; ++j) {
      EXPECT_NEAR(results.variance[j], expected.variance[j], 5e-5);
      EXPECT_NEAR(results.mean[j], expected.mean[j], 9e-4);
    }
  }
}

// The mean, 1e6 + 2/3, is off by 0.02 as a float: neither the variance 2/9 nor the gradient may show it.
TEST_P(Kernels, BatchNormMakesUpForTheRoundingOfItsMean) {
  for (Channels s : {Channels{3, 1, 1}, Channels{1, 1, 3}}) {
    SCOPED_TRACE(text(s));
    Values x = {1e6, 1e6 + 1, 1e6 + 1}, dy = {0, 1, 0};
    const Normalized results(table, s, x.data(), dy.data(), nullptr, nullptr, Scalar(1e-5));
    EXPECT_NEAR(results.variance[0], 2.0 / 9, 1e-6);
    EXPECT_NEAR(results.y[0], -std::sqrt(2.0), 1e-3);
    EXPECT_NEAR(results.dx[0], 0, 1e-3);
    EXPECT_NEAR(results.dx[1], 1.0606, 1e-3);
    EXPECT_NEAR(results.dx[2], -1.0606, 1e-3);
    EXPECT_NEAR(results.dx[0] + results.dx[1] + results.dx[2], 0, 1e-6);
  }
}

TEST_P(FastKernels, BatchNormOfConstants) {  // the mean and variance were not made from x
  for (int64_t l : {1, 5}) {
    const Channels s{7, 19, l};
    Source source(11);
    Unaligned x(source.values(7 * 19 * l)), dy(source.values(7 * 19 * l)), mean(source.values(19)), dx(7 * 19 * l);
    Unaligned inv_std(19, Scalar(1.5)), gamma(19, Scalar(0.5)), dgamma(19), dbeta(19);
    Normalized expected(s);
    table.batch_norm_backward(s, false, x.data(), dy.data(), mean.data(), inv_std.data(), gamma.data(), dx.data(),
                              dgamma.data(), dbeta.data());
    plain.batch_norm_backward(s, false, x.data(), dy.data(), mean.data(), inv_std.data(), gamma.data(),
                              expected.dx.data(), expected.dgamma.data(), expected.dbeta.data());
    expect_close(dx.values(), expected.dx, 0.5 * kEpsilon, "dx");
    expect_close(dgamma.values(), expected.dgamma, 99 * kEpsilon, "dgamma");
    expect_close(dbeta.values(), expected.dbeta, 99 * kEpsilon, "dbeta");
  }
}

}  // namespace
}  // namespace gradus::kernels
