// Attention against the plain kernel, at odd sizes, and by hand.
#include "core/kernels/kernels_test.h"

namespace gradus::kernels {
namespace {

TEST_P(FastKernels, AttentionAgreesWithPlain) {
  const Attention sizes[] = {{0, 3, 2, 4},  {2, 0, 2, 4},   {3, 1, 1, 1},   {2, 5, 3, 7},  {1, 16, 2, 16},
                             {2, 17, 1, 5}, {3, 10, 4, 16}, {1, 33, 2, 20}, {1, 70, 1, 64}};
  for (const Attention& z : sizes) {
    SCOPED_TRACE(::testing::Message() << z.n << " sequences of " << z.t << ", " << z.heads << " heads of " << z.d);
    Source source(4);
    const int64_t outputs = z.n * z.t * z.heads * z.d, weights = z.n * z.heads * z.t * z.t;
    Unaligned qkv(source.values(3 * outputs)), dy(source.values(outputs)), p(weights), p2(weights), y(outputs),
        y2(outputs), dqkv(3 * outputs), dqkv2(3 * outputs);
    for (int64_t i = 0; i < 3 * outputs; ++i) qkv.data()[i] *= 4;
    table.attention(z, qkv.data(), p.data(), y.data());
    plain.attention(z, qkv.data(), p2.data(), y2.data());
    expect_close(p.values(), p2.values(), 200 * kEpsilon, "p");
    expect_close(y.values(), y2.values(), 500 * kEpsilon, "y");
    table.attention_backward(z, qkv.data(), p2.data(), dy.data(), dqkv.data());
    plain.attention_backward(z, qkv.data(), p2.data(), dy.data(), dqkv2.data());
    expect_close(dqkv.values(), dqkv2.values(), 1000 * kEpsilon, "dqkv");
  }
}

// Two positions, one head of width 1: q = {1, 2}, k = {5, 3}, v = {10, 20}, so that s_1 = {10, 6}.
TEST_P(Kernels, AttentionByHand) {
  const Attention size{1, 2, 1, 1};
  const Values qkv = {1, 5, 10, 2, 3, 20}, dy = {1, 1};
  const double b = 1 / (1 + std::exp(4.0)), a = 1 - b;
  Values p(4), y(2), dqkv(6);
  table.attention(size, qkv.data(), p.data(), y.data());
  expect_close(p, {1, 0, Scalar(a), Scalar(b)}, 10 * kEpsilon, "p");
  EXPECT_EQ(p[1], 0) << "exactly";
  expect_close(y, {10, Scalar(10 * a + 20 * b)}, 10 * kEpsilon, "y");
  table.attention_backward(size, qkv.data(), p.data(), dy.data(), dqkv.data());
  // dp_1 = {10, 20}, whose mean by p is 10 a + 20 b: ds_1 = {-10 a b, 10 a b}
  const double ds = 10 * a * b;
  expect_close(dqkv, {0, Scalar(-2 * ds), Scalar(1 + a), Scalar(-5 * ds + 3 * ds), Scalar(2 * ds), Scalar(b)},
               100 * kEpsilon, "dqkv");
}

// A score so large that its exponential has no number, and one that is no number.
TEST_P(Kernels, AttentionOfLargeScoresAndOfNaN) {
  const Attention size{1, 3, 1, 1};
  const Values qkv = {1000, 1000, 1, 1000, 999, 2, kNan, 0, 3};
  Values p(9), y(3);
  table.attention(size, qkv.data(), p.data(), y.data());
  EXPECT_EQ((Values{p[0], p[1], p[2], p[3], p[4], p[5]}), (Values{1, 0, 0, 1, 0, 0}));
  EXPECT_EQ((Values{y[0], y[1]}), (Values{1, 1}));
  EXPECT_TRUE(std::isnan(y[2]));
}

}  // namespace
}  // namespace gradus::kernels
