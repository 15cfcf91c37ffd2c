// The kernels of batch normalisation, against plain loops in double.
#include "core/kernels/kernels_test.h"

namespace gradus::kernels {
namespace {

// Every channel of [n, c, l] in double.
struct NormReference {
  std::vector<double> mean, variance, y, dx, dgamma, dbeta;

  NormReference(Channels s, Scalar* x, Scalar* dy, Scalar* gamma, Scalar* beta, double eps) {
    const double m = static_cast<double>(s.n * s.l);
    y.resize(static_cast<std::size_t>(s.n * s.c * s.l));
    dx = y;
    for (int64_t j = 0; j < s.c; ++j) {
      const auto over = [&](auto f) {
        for (int64_t i = 0; i < s.n; ++i)
          for (int64_t p = 0; p < s.l; ++p) f(static_cast<std::size_t>((i * s.c + j) * s.l + p));
      };
      double mu = 0, var = 0, g = 0, gx = 0;
      over([&](std::size_t i) { mu += x[i] / m; });
      over([&](std::size_t i) { var += (x[i] - mu) * (x[i] - mu) / m; });
      const double s_inv = 1 / std::sqrt(var + eps), scale = gamma != nullptr ? gamma[j] : 1;
      over([&](std::size_t i) {
        y[i] = scale * (x[i] - mu) * s_inv + (beta != nullptr ? beta[j] : 0);
        g += dy[i];
        gx += dy[i] * (x[i] - mu) * s_inv;
      });
      over([&](std::size_t i) { dx[i] = scale * s_inv * (dy[i] - g / m - (x[i] - mu) * s_inv * gx / m); });
      mean.push_back(mu);
      variance.push_back(var);
      dgamma.push_back(gx);
      dbeta.push_back(g);
    }
  }
};

void check_batch_norm(const Table& table, Channels s, bool affine, Scalar offset) {
  SCOPED_TRACE("[" + std::to_string(s.n) + ", " + std::to_string(s.c) + ", " + std::to_string(s.l) + "]");
  const int64_t size = s.n * s.c * s.l;
  const Scalar eps = Scalar(1e-5);
  const double loose = kEpsilon * std::max(200.0, 4.0 * std::abs(offset));
  Source source(static_cast<std::uint64_t>(size));
  Unaligned x(source.values(size)), dy(source.values(size)), gamma(source.values(s.c)), beta(source.values(s.c));
  for (int64_t i = 0; i < size; ++i) x.data()[i] += offset;
  Scalar* const g = affine ? gamma.data() : nullptr;
  Scalar* const b = affine ? beta.data() : nullptr;
  Unaligned mean(s.c), variance(s.c), inv_std(s.c), y(size), again(size), dx(size), dgamma(s.c), dbeta(s.c);
  const NormReference expected(s, x.data(), dy.data(), g, b, eps);

  table.batch_norm_forward(s, x.data(), g, b, eps, mean.data(), variance.data(), inv_std.data(), y.data());
  table.batch_norm_normalize(s, x.data(), mean.data(), inv_std.data(), g, b, again.data());
  // normalize() is given the mean as it was rounded; the forward also takes off what rounding did to it.
  for (int64_t k = 0; k < size; ++k) {
    const double steep = inv_std[k / s.l % s.c] * (affine ? std::abs(gamma[k / s.l % s.c]) : 1);
    expect_close(again[k], y[k], kEpsilon * (8 + std::abs(offset)) * std::max(1.0, steep), "normalize");
  }
  table.batch_norm_backward(s, true, x.data(), dy.data(), mean.data(), inv_std.data(), g, dx.data(), dgamma.data(),
                            dbeta.data());
  for (int64_t j = 0; j < s.c; ++j) {
    const std::size_t at = static_cast<std::size_t>(j);
    const double steep = 1 / std::sqrt(expected.variance[at] + eps);
    expect_close(mean[j], expected.mean[at], 20 * kEpsilon, "mean");
    expect_close(variance[j], expected.variance[at], loose, "variance");
    expect_close(dgamma[j], expected.dgamma[at], loose * steep * static_cast<double>(s.n * s.l), "dgamma");
    expect_close(dbeta[j], expected.dbeta[at], loose, "dbeta");
    for (int64_t i = 0; i < s.n; ++i)
      for (int64_t p = 0; p < s.l; ++p) {
        const int64_t k = (i * s.c + j) * s.l + p;
        expect_close(y[k], expected.y[static_cast<std::size_t>(k)], loose * steep, "y");
        expect_close(dx[k], expected.dx[static_cast<std::size_t>(k)], loose * steep * steep, "dx");
      }
  }
  table.batch_norm_backward(s, true, x.data(), dy.data(), mean.data(), inv_std.data(), g, nullptr, nullptr, nullptr);
  table.batch_norm_backward(s, true, x.data(), dy.data(), mean.data(), inv_std.data(), g, dy.data(), nullptr, nullptr);
  EXPECT_TRUE(same_bits(dy.values(), dx.values())) << "dx in place of dy";
  table.batch_norm_forward(s, x.data(), g, b, eps, mean.data(), variance.data(), inv_std.data(), x.data());
  EXPECT_TRUE(same_bits(x.values(), y.values())) << "y in place of x";
}

TEST_P(Kernels, BatchNormAgreesWithALoop) {
  for (int64_t n : {2, 7, 17, 33, 129})
    for (int64_t c : kSizes)
      for (bool affine : {true, false}) check_batch_norm(table, {n, c, 1}, affine, Scalar(0.5));
  for (int64_t n : {1, 3, 17})
    for (int64_t c : {0, 1, 3, 17})
      for (int64_t l : {2, 7, 15, 16, 33, 100}) check_batch_norm(table, {n, c, l}, c != 3, Scalar(0.5));
}

TEST_P(Kernels, BatchNormKeepsItsDigitsFarFromZero) {
  for (int64_t l : {1, 9}) {
    const Channels s{512, 3, l};
    Source source(5);
    Unaligned x(source.values(s.n * s.c * l)), y(s.n * s.c * l);
    for (int64_t i = 0; i < s.n * s.c * l; ++i) x.data()[i] = Scalar(1e4) + x[i] * std::sqrt(Scalar(3));  // deviation 1
    Values mean(3), variance(3), inv_std(3);
    table.batch_norm_forward(s, x.data(), nullptr, nullptr, Scalar(1e-5), mean.data(), variance.data(), inv_std.data(),
                             y.data());
    const NormReference expected(s, x.data(), x.data(), nullptr, nullptr, 1e-5);
    for (std::size_t j = 0; j < 3; ++j) {
      EXPECT_NEAR(variance[j], expected.variance[j], 1e-4);
      EXPECT_NEAR(mean[j], expected.mean[j], 1e-3);
    }
  }
}

TEST_P(Kernels, BatchNormOfConstants) {  // the mean and variance were not made from x
  for (int64_t l : {1, 5}) {
    const Channels s{7, 19, l};
    Source source(11);
    Unaligned x(source.values(7 * 19 * l)), dy(source.values(7 * 19 * l)), mean(source.values(19)), dx(7 * 19 * l);
    Unaligned inv_std(19, Scalar(1.5)), gamma(19, Scalar(0.5)), dgamma(19), dbeta(19);
    table.batch_norm_backward(s, false, x.data(), dy.data(), mean.data(), inv_std.data(), gamma.data(), dx.data(),
                              dgamma.data(), dbeta.data());
    for (int64_t i = 0; i < 7 * 19 * l; ++i) expect_close(dx[i], 0.75 * dy[i], kEpsilon, "dx");
    double g = 0;
    for (int64_t i = 0; i < 7; ++i)
      for (int64_t p = 0; p < l; ++p) g += dy[i * 19 * l + p] * 1.5 * (x[i * 19 * l + p] - mean[0]);
    expect_close(dgamma[0], g, 100 * kEpsilon, "dgamma");
  }
}

}  // namespace
}  // namespace gradus::kernels
