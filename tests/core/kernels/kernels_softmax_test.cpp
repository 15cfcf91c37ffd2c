// Softmax and cross-entropy against the plain kernels, in place, and with what is not finite.
#include "core/kernels/kernels_test.h"

namespace gradus::kernels {
namespace {

TEST_P(FastKernels, SoftmaxAndCrossEntropyAgreeWithPlain) {
  for (int64_t rows : {int64_t(0), int64_t(1), int64_t(33)})
    for (int64_t cols : {1, 2, 7, 10, 15, 16, 17, 33, 100, 129})
      for (Scalar range : {Scalar(1), Scalar(30), Scalar(1e4)})
        for (Scalar smoothing : {Scalar(0), Scalar(0.1)}) {
          Source source(static_cast<std::uint64_t>(cols));
          Unaligned x(source.values(rows * cols)), y(rows * cols), losses(rows), dx(rows * cols);
          Unaligned expected(rows * cols), expected_losses(rows), expected_dx(rows * cols);
          std::vector<std::int32_t> labels;
          for (int64_t i = 0; i < rows * cols; ++i) x.data()[i] *= range;
          for (int64_t r = 0; r < rows; ++r) labels.push_back(static_cast<std::int32_t>(r * 5 % cols));
          const double tolerance = 7 * kEpsilon * std::max<double>(1, range / 100);
          table.softmax(rows, cols, x.data(), y.data());
          plain.softmax(rows, cols, x.data(), expected.data());
          expect_close(y.values(), expected.values(), tolerance * 10, "softmax");
          table.log_softmax(rows, cols, x.data(), y.data());
          plain.log_softmax(rows, cols, x.data(), expected.data());
          expect_close(y.values(), expected.values(), tolerance, "log softmax");
          table.cross_entropy(rows, cols, x.data(), labels.data(), smoothing, losses.data(), dx.data());
          plain.cross_entropy(rows, cols, x.data(), labels.data(), smoothing, expected_losses.data(),
                              expected_dx.data());
          expect_close(dx.values(), expected_dx.values(), tolerance * 10, "gradient");
          expect_close(losses.values(), expected_losses.values(), 19 * kEpsilon, "loss");
        }
}

TEST_P(Kernels, SoftmaxAndCrossEntropyInPlaceAndWithoutTheGradient) {
  const int64_t rows = 33, cols = 17;
  Source source(4);
  const Values logits = source.values(rows * cols);
  const std::vector<std::int32_t> labels(rows, 16);
  for (const auto softmax : {table.softmax, table.log_softmax}) {
    Values x = logits, y(logits.size());
    softmax(rows, cols, x.data(), y.data());
    softmax(rows, cols, x.data(), x.data());
    EXPECT_TRUE(same_bits(x, y));
  }
  for (Scalar smoothing : {Scalar(0), Scalar(0.1)}) {
    Values x = logits, losses(rows), dx(logits.size()), again(rows);
    table.cross_entropy(rows, cols, x.data(), labels.data(), smoothing, losses.data(), dx.data());
    table.cross_entropy(rows, cols, x.data(), labels.data(), smoothing, again.data(), nullptr);
    EXPECT_TRUE(same_bits(again, losses)) << "without the gradient";
    table.cross_entropy(rows, cols, x.data(), labels.data(), smoothing, again.data(), x.data());
    EXPECT_TRUE(same_bits(again, losses) && same_bits(x, dx)) << "in place";
  }
}

TEST_P(Kernels, SoftmaxOfInfinityAndNan) {
  const Values x = {0, -kInfinity, 1, kNan, 0, 1};  // two rows of three
  Values y(6), losses(2);
  table.softmax(2, 3, x.data(), y.data());
  EXPECT_EQ(y[1], 0);
  EXPECT_NEAR(y[0] + y[2], 1, 1e-6);
  EXPECT_TRUE(std::isnan(y[3]) && std::isnan(y[4]) && std::isnan(y[5]));
  const std::int32_t labels[] = {0, 1};
  table.cross_entropy(2, 3, x.data(), labels, 0, losses.data(), y.data());
  EXPECT_NEAR(losses[0], std::log(1 + std::exp(1.0)), 1e-6) << "what is impossible and does not happen costs nothing";
  EXPECT_TRUE(std::isnan(losses[1]));
}

// Down to where a share is no normal number any more, and below.
TEST_P(FastKernels, SoftmaxOfWhatIsFarBelowTheLargest) {
  const Scalar edge = std::log(std::numeric_limits<Scalar>::min());  // -87.3, in double -708.4
  Values x = {0};
  for (int i = -200; i < 2000; ++i) x.push_back(edge - Scalar(0.01) * static_cast<Scalar>(i));
  for (Scalar far : {2 * edge, 1000 * edge}) x.push_back(far);
  Values y(x.size()), expected(x.size());
  table.softmax(1, static_cast<int64_t>(x.size()), x.data(), y.data());
  plain.softmax(1, static_cast<int64_t>(x.size()), x.data(), expected.data());
  EXPECT_GT(y[1], 0);
  EXPECT_EQ(y[1000], 0);
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (std::abs(x[i] - edge) < Scalar(0.001)) continue;  // too near to say
    EXPECT_LE(units_in_last_place(y[i], flushed(expected[i])), has_fma(table) ? 3 : 7) << x[i];
  }
}

}  // namespace
}  // namespace gradus::kernels
