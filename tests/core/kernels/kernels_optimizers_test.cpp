// The steps of the optimizers, against the plain ones.
#include "core/kernels/kernels_test.h"

namespace gradus::kernels {
namespace {

TEST_P(FastKernels, AdamAgreesWithPlain) {
  for (bool decoupled : {false, true})
    for (int64_t n : kSizes) {
      Source source(static_cast<std::uint64_t>(n));
      Unaligned g(source.values(n)), w(source.values(n)), m(n, 0), v(n, 0);
      Values w2 = w.values(), m2 = m.values(), v2 = v.values();
      for (int t = 1; t <= 5; ++t) {
        const AdamStep step{1e-2, 0.9, 0.999, 1e-8, 0.1, decoupled, 1 - std::pow(0.9, t), 1 - std::pow(0.999, t)};
        table.adam(step, n, g.data(), w.data(), m.data(), v.data());
        plain.adam(step, n, g.data(), w2.data(), m2.data(), v2.data());
      }
      expect_close(w.values(), w2, 27 * kEpsilon, "w");
      expect_close(m.values(), m2, 27 * kEpsilon, "m");
      expect_close(v.values(), v2, 27 * kEpsilon, "v");
    }
}

TEST_P(Kernels, AdamForgetsDenormalMomentsAndPassesNan) {
  const Scalar tiny = std::numeric_limits<Scalar>::min();
  Values g = {0, kNan, 0}, w = {1, 1, 1}, m = {tiny, tiny, -tiny}, v = {tiny, tiny, tiny};
  table.adam({1e-3, 0.9, 0.999, 1e-8, 0, false, 1, 1}, 3, g.data(), w.data(), m.data(), v.data());
  EXPECT_EQ(m[0], 0);
  EXPECT_EQ(v[0], 0);
  EXPECT_EQ(m[2], 0);
  EXPECT_TRUE(std::isnan(w[1]) && std::isnan(m[1]) && std::isnan(v[1]));
}

// Small but normal numbers stay: 1e-30 as float, 1e-100 as double.
TEST_P(Kernels, AdamKeepsSmallMoments) {
  const double size = sizeof(Scalar) == 4 ? 1e-30 : 1e-100;
  Scalar g = 0, w = 1, m = static_cast<Scalar>(size), v = m;
  table.adam({1e-3, 0.9, 0.999, 1e-8, 0, false, 1, 1}, 1, &g, &w, &m, &v);
  EXPECT_NEAR(m / size, 0.9, 1e-6);
  EXPECT_NEAR(v / size, 0.999, 1e-6);
}

TEST_P(FastKernels, SgdAgreesWithPlain) {
  for (double momentum : {0.0, 0.9})
    for (bool nesterov : {false, true})
      for (int64_t n : kSizes) {
        Source source(static_cast<std::uint64_t>(n));
        Unaligned g(source.values(n)), w(source.values(n)), velocity(n, 0);
        Values w2 = w.values(), velocity2 = velocity.values();
        const bool moves = momentum != 0;
        for (int t = 0; t < 3; ++t) {
          table.sgd(n, g.data(), 0.1, momentum, 0.01, nesterov, w.data(), moves ? velocity.data() : nullptr);
          plain.sgd(n, g.data(), 0.1, momentum, 0.01, nesterov, w2.data(), moves ? velocity2.data() : nullptr);
        }
        expect_close(w.values(), w2, 8 * kEpsilon, "w");
        expect_close(velocity.values(), velocity2, 8 * kEpsilon, "velocity");
      }
}

TEST_P(Kernels, SgdForgetsADenormalVelocity) {
  const Values g = {0, 0};
  Values w = {1, 1}, velocity = {std::numeric_limits<Scalar>::min(), -std::numeric_limits<Scalar>::min()};
  table.sgd(2, g.data(), 0.1, 0.9, 0, false, w.data(), velocity.data());
  EXPECT_EQ(velocity, (Values{0, 0}));
}

}  // namespace
}  // namespace gradus::kernels
