// Every kernel at every level that this processor has, against the plainest loop in double, at sizes around those of
// vectors and tiles. Batch normalisation and the matrix product have files of their own.
#include "core/kernels/kernels_test.h"

namespace gradus::kernels {
namespace {

INSTANTIATE_TEST_SUITE_P(Level, Kernels, ::testing::ValuesIn(supported()), [](const auto& level) {
  std::string name = level.param->level;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

// ---- element by element ----

double reference(Binary op, double a, double b) {
  switch (op) {
    case Binary::add:
      return a + b;
    case Binary::sub:
      return a - b;
    case Binary::mul:
      return a * b;
    case Binary::div:
      return a / b;
    case Binary::relu_backward:
      return b <= 0 ? 0 : a;
    case Binary::sigmoid_backward:
      return a * b * (1 - b);
    case Binary::tanh_backward:
      return a * (1 - b * b);
  }
  return 0;
}

TEST_P(Kernels, BinaryAgreesWithALoop) {
  for (Binary op : {Binary::add, Binary::sub, Binary::mul, Binary::div, Binary::relu_backward, Binary::sigmoid_backward,
                    Binary::tanh_backward})
    for (int64_t n : kSizes)
      for (int steps = 0; steps < 4; ++steps) {
        const int64_t a_step = steps & 1, b_step = steps >> 1;
        Source source(static_cast<std::uint64_t>(n));
        Unaligned a(source.values(n + 1)), b(source.values(n + 1)), y(n);
        table.binary(op, n, a.data(), a_step, b.data(), b_step, y.data());
        for (int64_t i = 0; i < n; ++i)
          expect_close(y[i], reference(op, a[i * a_step], b[i * b_step]), 4 * kEpsilon, "element " + std::to_string(i));
      }
}

TEST_P(Kernels, BinaryMayOverwriteEitherOperand) {
  Source source(1);
  const Values a = source.values(129), b = source.values(129);
  Values first = a, second = b, expected(129);
  table.binary(Binary::sub, 129, a.data(), 1, b.data(), 1, expected.data());
  table.binary(Binary::sub, 129, first.data(), 1, b.data(), 1, first.data());
  table.binary(Binary::sub, 129, a.data(), 1, second.data(), 1, second.data());
  EXPECT_TRUE(same_bits(first, expected));
  EXPECT_TRUE(same_bits(second, expected));
}

TEST_P(Kernels, BinaryPassesNanAndInfinity) {
  const Values a = {kNan, 1, kInfinity, kInfinity, 0}, b = {1, kNan, -kInfinity, kInfinity, 0};
  Values y(5);
  table.binary(Binary::add, 5, a.data(), 1, b.data(), 1, y.data());
  EXPECT_TRUE(std::isnan(y[0]) && std::isnan(y[1]) && std::isnan(y[2]));
  EXPECT_EQ(y[3], kInfinity);
  table.binary(Binary::div, 5, a.data(), 1, b.data(), 1, y.data());
  EXPECT_TRUE(std::isnan(y[4]));
  table.binary(Binary::relu_backward, 5, a.data(), 1, b.data(), 1, y.data());
  EXPECT_TRUE(std::isnan(y[0]));
  EXPECT_EQ(y[1], 1) << "the gradient passes where the output was NaN, as PyTorch has it";
}

double reference(Unary op, double x) {
  switch (op) {
    case Unary::neg:
      return -x;
    case Unary::exp:
      return std::exp(x);
    case Unary::log:
      return std::log(x);
    case Unary::sqrt:
      return std::sqrt(x);
    case Unary::relu:
      return x <= 0 ? 0 : x;
    case Unary::sigmoid:
      return 1 / (1 + std::exp(-x));
    case Unary::tanh:
      return std::tanh(x);
  }
  return 0;
}

const std::vector<Unary> kUnaries = {Unary::neg,  Unary::exp,     Unary::log, Unary::sqrt,
                                     Unary::relu, Unary::sigmoid, Unary::tanh};

TEST_P(Kernels, UnaryIsRightToAFewUnitsInTheLastPlace) {
  for (Unary op : kUnaries)
    for (Scalar range : {Scalar(1e-6), Scalar(1e-2), Scalar(1), Scalar(12), Scalar(80), Scalar(1e4)}) {
      Source source(7);
      Unaligned x(source.values(1000)), y(1000);
      for (int i = 0; i < 1000; ++i) x.data()[i] *= range;
      table.unary(op, 1000, x.data(), y.data());
      double worst = 0;
      for (int i = 0; i < 1000; ++i) worst = std::max(worst, units_in_last_place(y[i], reference(op, x[i])));
      EXPECT_LE(worst, has_fma(table) ? 4 : 8) << "operation " << static_cast<int>(op) << " up to " << range;
    }
}

TEST_P(Kernels, UnaryAtEverySizeAndInPlace) {
  for (Unary op : kUnaries)
    for (int64_t n : kSizes) {
      Source source(static_cast<std::uint64_t>(n));
      Unaligned x(source.values(n)), y(n);
      table.unary(op, n, x.data(), y.data());
      for (int64_t i = 0; i < n; ++i) expect_close(y[i], reference(op, x[i]), 4 * kEpsilon, std::to_string(i));
      const Values expected = y.values();
      table.unary(op, n, x.data(), x.data());
      EXPECT_TRUE(same_bits(x.values(), expected));
    }
}

TEST_P(Kernels, UnaryAtTheEdges) {
  const Scalar denormal = std::numeric_limits<Scalar>::denorm_min() * 5;
  const Values x = {kNan, kInfinity, -kInfinity, 0, Scalar(-0.0), denormal, -denormal, Scalar(1e4), Scalar(-1e4)};
  for (Unary op : kUnaries) {
    Values y(x.size());
    table.unary(op, static_cast<int64_t>(x.size()), x.data(), y.data());
    for (std::size_t i = 0; i < x.size(); ++i)
      EXPECT_LE(units_in_last_place(y[i], reference(op, x[i])), 1)
          << "operation " << static_cast<int>(op) << " of " << x[i] << ": " << y[i];
  }
}

TEST_P(Kernels, ExpReachesDenormalsAndInfinity) {
  const Scalar smallest = std::numeric_limits<Scalar>::denorm_min(), largest = std::numeric_limits<Scalar>::max();
  const Scalar low = static_cast<Scalar>(std::log(static_cast<double>(std::numeric_limits<Scalar>::min())));
  const Scalar lowest = std::log(smallest), high = std::nextafter(std::log(largest), Scalar(0));
  const Values x = {low, low - 1, low - 4, lowest, lowest - 2, high, std::nextafter(std::log(largest), kInfinity) + 1};
  Values y(x.size());
  table.unary(Unary::exp, static_cast<int64_t>(x.size()), x.data(), y.data());
  for (std::size_t i = 0; i + 1 < x.size(); ++i)
    EXPECT_LE(std::abs(y[i] - std::exp(x[i])), 4 * kEpsilon * std::exp(x[i]) + smallest) << x[i];
  EXPECT_EQ(y.back(), kInfinity);
}

TEST_P(Kernels, Power) {
  for (Scalar exponent : {Scalar(2), Scalar(-1), Scalar(3), Scalar(0.5), Scalar(0), Scalar(-2.5)}) {
    Source source(3);
    Unaligned x(source.values(129)), y(129);
    table.power(129, x.data(), exponent, y.data());
    for (int i = 0; i < 129; ++i)
      EXPECT_LE(units_in_last_place(y[i], std::pow(static_cast<double>(x[i]), static_cast<double>(exponent))), 2);
  }
}

// ---- sums, maxima, transpose ----

TEST_P(Kernels, SumAndMaxAgreeWithALoop) {
  for (int64_t outer : {int64_t(0), int64_t(1), int64_t(7)})
    for (int64_t count : kSizes)
      for (int64_t inner : kSizes) {
        Source source(static_cast<std::uint64_t>(count * 1000 + inner));
        Unaligned x(source.values(outer * count * inner)), sums(outer * inner), maxima(outer * inner);
        table.sum(outer, count, inner, x.data(), sums.data());
        table.max(outer, count, inner, x.data(), maxima.data());
        for (int64_t o = 0; o < outer; ++o)
          for (int64_t i = 0; i < inner; ++i) {
            double sum = 0;
            Scalar largest = -kInfinity;
            for (int64_t r = 0; r < count; ++r) {
              sum += x[(o * count + r) * inner + i];
              largest = std::max(largest, x[(o * count + r) * inner + i]);
            }
            expect_close(sums[o * inner + i], sum, static_cast<double>(count) * kEpsilon, "sum");
            EXPECT_EQ(maxima[o * inner + i], largest);
          }
      }
}

TEST_P(Kernels, MaxFindsNan) {
  for (int64_t at : {0, 3, 16, 40}) {
    Values x(41, 1);
    x[static_cast<std::size_t>(at)] = kNan;
    Scalar y = 0;
    table.max(1, 41, 1, x.data(), &y);
    EXPECT_TRUE(std::isnan(y)) << at;
  }
}

TEST_P(Kernels, Transpose) {
  for (int64_t rows : kSizes)
    for (int64_t cols : kSizes) {
      Source source(1);
      Unaligned x(source.values(rows * cols)), y(rows * cols);
      table.transpose(rows, cols, x.data(), y.data());
      for (int64_t i = 0; i < rows; ++i)
        for (int64_t j = 0; j < cols; ++j) ASSERT_EQ(y[j * rows + i], x[i * cols + j]);
    }
}

// ---- softmax ----

std::vector<double> reference_log_softmax(int64_t cols, const Scalar* x) {
  double largest = -INFINITY, sum = 0;
  for (int64_t j = 0; j < cols; ++j) largest = std::max(largest, static_cast<double>(x[j]));
  for (int64_t j = 0; j < cols; ++j) sum += std::exp(x[j] - largest);
  std::vector<double> y;
  for (int64_t j = 0; j < cols; ++j) y.push_back(x[j] - largest - std::log(sum));
  return y;
}

TEST_P(Kernels, SoftmaxAndCrossEntropyAgreeWithALoop) {
  for (int64_t rows : {int64_t(0), int64_t(1), int64_t(33)})
    for (int64_t cols : {1, 2, 7, 10, 15, 16, 17, 33, 100, 129})
      for (Scalar range : {Scalar(1), Scalar(30), Scalar(1e4)})
        for (Scalar smoothing : {Scalar(0), Scalar(0.1)}) {
          Source source(static_cast<std::uint64_t>(cols));
          Unaligned x(source.values(rows * cols)), y(rows * cols), log_y(rows * cols), losses(rows), dx(rows * cols);
          std::vector<std::int32_t> labels;
          for (int64_t i = 0; i < rows * cols; ++i) x.data()[i] *= range;
          for (int64_t r = 0; r < rows; ++r) labels.push_back(static_cast<std::int32_t>(r * 5 % cols));
          table.softmax(rows, cols, x.data(), y.data());
          table.log_softmax(rows, cols, x.data(), log_y.data());
          table.cross_entropy(rows, cols, x.data(), labels.data(), smoothing, losses.data(), dx.data());
          for (int64_t r = 0; r < rows; ++r) {
            const std::vector<double> expected = reference_log_softmax(cols, x.data() + r * cols);
            double loss = 0;
            for (int64_t j = 0; j < cols; ++j) {
              const double log_p = expected[static_cast<std::size_t>(j)];
              const double target = (j == labels[static_cast<std::size_t>(r)] ? 1 - smoothing : 0) +
                                    smoothing / static_cast<double>(cols);
              loss -= target * log_p;
              const double tolerance = 8 * kEpsilon * std::max<double>(1, range / 100);
              expect_close(y[r * cols + j], std::exp(log_p), tolerance * 10, "softmax");
              expect_close(log_y[r * cols + j], log_p, tolerance, "log softmax");
              expect_close(dx[r * cols + j], std::exp(log_p) - target, tolerance * 10, "gradient");
            }
            expect_close(losses[r], loss, 20 * kEpsilon, "loss");
          }
          const Values all = losses.values();
          table.cross_entropy(rows, cols, x.data(), labels.data(), smoothing, losses.data(), nullptr);
          EXPECT_TRUE(same_bits(losses.values(), all)) << "without the gradient";
          table.cross_entropy(rows, cols, x.data(), labels.data(), smoothing, losses.data(), x.data());
          EXPECT_TRUE(same_bits(x.values(), dx.values())) << "in place";
        }
}

TEST_P(Kernels, SoftmaxOfInfinityAndNan) {
  const Values x = {0, -kInfinity, 1, kNan, 0, 1};  // two rows of three
  Values y(6);
  table.softmax(2, 3, x.data(), y.data());
  EXPECT_EQ(y[1], 0);
  EXPECT_NEAR(y[0] + y[2], 1, 1e-6);
  EXPECT_TRUE(std::isnan(y[3]) && std::isnan(y[4]) && std::isnan(y[5]));
}

// ---- optimizers ----

TEST_P(Kernels, AdamAgreesWithALoop) {
  for (bool decoupled : {false, true})
    for (int64_t n : kSizes) {
      Source source(static_cast<std::uint64_t>(n));
      Unaligned g(source.values(n)), w(source.values(n)), m(n, 0), v(n, 0);
      std::vector<double> w2, m2(static_cast<std::size_t>(n)), v2(static_cast<std::size_t>(n));
      for (Scalar x : w.values()) w2.push_back(x);
      for (int t = 1; t <= 5; ++t) {
        const AdamStep step{1e-2, 0.9, 0.999, 1e-8, 0.1, decoupled, 1 - std::pow(0.9, t), 1 - std::pow(0.999, t)};
        table.adam(step, n, g.data(), w.data(), m.data(), v.data());
        for (std::size_t i = 0; i < w2.size(); ++i) {
          const double gradient = g[static_cast<int64_t>(i)] + (decoupled ? 0 : 0.1 * w2[i]);
          if (decoupled) w2[i] -= 1e-2 * 0.1 * w2[i];
          m2[i] = 0.9 * m2[i] + 0.1 * gradient;
          v2[i] = 0.999 * v2[i] + 0.001 * gradient * gradient;
          w2[i] -= 1e-2 / step.correction1 * m2[i] / (std::sqrt(v2[i]) / std::sqrt(step.correction2) + 1e-8);
        }
      }
      for (std::size_t i = 0; i < w2.size(); ++i) expect_close(w[static_cast<int64_t>(i)], w2[i], 30 * kEpsilon, "w");
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

TEST_P(Kernels, SgdAgreesWithALoop) {
  for (double momentum : {0.0, 0.9})
    for (bool nesterov : {false, true})
      for (int64_t n : kSizes) {
        Source source(static_cast<std::uint64_t>(n));
        Unaligned g(source.values(n)), w(source.values(n)), velocity(n, 0);
        std::vector<double> w2, velocity2(static_cast<std::size_t>(n));
        for (Scalar x : w.values()) w2.push_back(x);
        for (int t = 0; t < 3; ++t) {
          table.sgd({0.1, momentum, 0.01, nesterov}, n, g.data(), w.data(), momentum != 0 ? velocity.data() : nullptr);
          for (std::size_t i = 0; i < w2.size(); ++i) {
            const double gradient = g[static_cast<int64_t>(i)] + 0.01 * w2[i];
            velocity2[i] = momentum * velocity2[i] + gradient;
            w2[i] -= 0.1 * (nesterov ? gradient + momentum * velocity2[i] : velocity2[i]);
          }
        }
        for (std::size_t i = 0; i < w2.size(); ++i) expect_close(w[static_cast<int64_t>(i)], w2[i], 10 * kEpsilon, "w");
      }
}

// ---- a batch of images ----

TEST_P(Kernels, GatherBytesRoundsCorrectly) {
  for (int64_t cols : {0, 1, 7, 15, 17, 33, 100, 127, 129, 784}) {
    std::vector<std::uint8_t> images(static_cast<std::size_t>(cols * 5));
    for (std::size_t i = 0; i < images.size(); ++i) images[i] = static_cast<std::uint8_t>(i);
    const std::vector<std::int32_t> indices = {4, 0, 0, 3};
    for (Scalar divisor : {Scalar(255), Scalar(1), Scalar(3), Scalar(256)}) {
      Unaligned y(4 * cols);
      table.gather_bytes(4, cols, images.data(), indices.data(), divisor, y.data());
      for (int64_t r = 0; r < 4; ++r)
        for (int64_t j = 0; j < cols; ++j) {
          const auto byte = images[static_cast<std::size_t>(indices[static_cast<std::size_t>(r)] * cols + j)];
          ASSERT_EQ(y[r * cols + j], static_cast<Scalar>(byte) / divisor);
        }
    }
  }
}

}  // namespace
}  // namespace gradus::kernels
