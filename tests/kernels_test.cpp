// Every kernel at every level that this processor has, against the plainest loop in double, at sizes around those of
// vectors and tiles.
#include <gradus/core/kernels/kernels.h>
#include <gradus/core/parallel.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

namespace gradus::kernels {
namespace {

using std::int64_t;

using Values = std::vector<Scalar>;

constexpr double kEpsilon = std::numeric_limits<Scalar>::epsilon();
constexpr Scalar kInfinity = std::numeric_limits<Scalar>::infinity();
constexpr Scalar kNan = std::numeric_limits<Scalar>::quiet_NaN();
const std::vector<int64_t> kSizes = {0, 1, 7, 15, 17, 33, 100, 127, 129};

// Numbers in [-1, 1) from a linear congruential generator.
class Source {
 public:
  explicit Source(std::uint64_t seed) : state_(seed * 2 + 1) {}
  Scalar next() {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<Scalar>(static_cast<double>(state_ >> 11) / (1ull << 52) - 1);
  }
  Values values(int64_t n) {
    Values v(static_cast<std::size_t>(n));
    for (Scalar& x : v) x = next();
    return v;
  }

 private:
  std::uint64_t state_;
};

// An array that begins one Scalar past a cache line, with a guard on either side of it.
class Unaligned {
 public:
  explicit Unaligned(int64_t n, Scalar fill = kNan) : n_(static_cast<std::size_t>(n)), room_(n_ + 4 * kGuard, kMark) {
    std::fill_n(data(), n_, fill);
  }
  explicit Unaligned(const Values& v) : Unaligned(static_cast<int64_t>(v.size())) {
    std::copy(v.begin(), v.end(), data());
  }
  ~Unaligned() {
    for (std::size_t i = 0; i < kGuard; ++i) {
      EXPECT_EQ(*(data() - 1 - i), kMark) << "written before the array";
      EXPECT_EQ(data()[n_ + i], kMark) << "written past the array";
    }
  }
  Unaligned(const Unaligned&) = delete;
  Unaligned& operator=(const Unaligned&) = delete;
  Scalar* data() {
    const std::size_t line = 64 / sizeof(Scalar);
    const std::size_t misfit = reinterpret_cast<std::uintptr_t>(room_.data()) % 64 / sizeof(Scalar);
    return room_.data() + line - misfit + 1 + line;
  }
  Scalar operator[](int64_t i) { return data()[i]; }
  Values values() { return Values(data(), data() + n_); }

 private:
  static constexpr std::size_t kGuard = 64 / sizeof(Scalar);
  static constexpr Scalar kMark = 12345;
  std::size_t n_;
  std::vector<Scalar> room_;
};

bool same_bits(const Values& a, const Values& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(Scalar)) == 0);
}

// x and y agree, or both are NaN, or the same infinity.
void expect_close(double x, double expected, double tolerance, const std::string& where) {
  if (std::isnan(expected)) {
    EXPECT_TRUE(std::isnan(x)) << where << ": " << x;
  } else if (std::isinf(expected)) {
    EXPECT_EQ(x, expected) << where;
  } else {
    EXPECT_LE(std::abs(x - expected), tolerance * std::max(1.0, std::abs(expected)))
        << where << ": " << x << " instead of " << expected;
  }
}

double units_in_last_place(Scalar x, double expected) {
  if (std::isnan(expected)) return std::isnan(x) ? 0 : 1e9;
  const Scalar nearest = static_cast<Scalar>(expected);
  if (x == nearest) return 0;
  if (std::isinf(x) || std::isinf(nearest)) return 1e9;
  const double unit = static_cast<double>(std::nextafter(std::abs(nearest), kInfinity)) - std::abs(nearest);
  return std::abs(static_cast<double>(x) - expected) / unit;
}

bool has_fma(const Table& t) { return std::string(t.level) != "x86-64-v2"; }

class Kernels : public ::testing::TestWithParam<const Table*> {
 protected:
  ~Kernels() override { set_threads(1); }
  const Table& table = *GetParam();
};

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

// ---- batch normalisation ----

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

// ---- the matrix product ----

Values naive_product(const Table& table, Form form, int64_t m, int64_t n, int64_t k, const Values& a, const Values& b) {
  Values c(static_cast<std::size_t>(m * n));
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j) {
      Scalar sum = 0;
      for (int64_t l = 0; l < k; ++l) {
        const Scalar x = a[static_cast<std::size_t>(form == Form::tn ? l * m + i : i * k + l)];
        const Scalar y = b[static_cast<std::size_t>(form == Form::nt ? j * k + l : l * n + j)];
        sum = has_fma(table) ? std::fma(x, y, sum) : x * y + sum;
      }
      c[static_cast<std::size_t>(i * n + j)] = sum;
    }
  return c;
}

void check_product(const Table& table, Form form, int64_t m, int64_t n, int64_t k, int most_threads = 1) {
  Source source(static_cast<std::uint64_t>(m * 1000000 + n * 1000 + k));
  const Values a = source.values(m * k), b = source.values(k * n);
  const Values expected = naive_product(table, form, m, n, k, a, b);
  for (int threads = 1; threads <= most_threads; ++threads) {
    set_threads(threads);
    Unaligned ua(a), ub(b), c(m * n);
    table.matmul(form, m, n, k, ua.data(), ub.data(), c.data());
    EXPECT_TRUE(same_bits(c.values(), expected)) << "form " << static_cast<int>(form) << ", m " << m << ", n " << n
                                                 << ", k " << k << ", " << threads << " threads";
  }
}

TEST_P(Kernels, MatmulHasTheBitsOfAPlainLoop) {
  for (Form form : {Form::nn, Form::nt, Form::tn})
    for (int64_t m : kSizes)
      for (int64_t n : kSizes)
        for (int64_t k : {0, 1, 7, 17, 33}) check_product(table, form, m, n, k);
}

TEST_P(Kernels, MatmulPastTheSizesOfItsBlocks) {
  for (Form form : {Form::nn, Form::nt, Form::tn}) {
    check_product(table, form, 129, 129, 600, 3);
    check_product(table, form, 300, 65, 257, 3);
    check_product(table, form, 13, 1100, 270, 3);
    check_product(table, form, 1100, 13, 33, 3);
    check_product(table, form, 128, 10, 128, 3);
    check_product(table, form, 1, 1000, 129, 3);
  }
}

TEST_P(Kernels, MatmulPassesNanAndInfinity) {
  for (Form form : {Form::nn, Form::nt, Form::tn}) {
    Values a(17 * 5, 1), b(5 * 33, 0), c(17 * 33);
    a[0] = kInfinity;  // infinity times zero
    table.matmul(form, 17, 33, 5, a.data(), b.data(), c.data());
    EXPECT_TRUE(std::isnan(c[0]));
    EXPECT_EQ(c.back(), 0);
  }
}

// ---- sameness ----

// The results of every kernel, one after the other.
Values everything(const Table& t, int64_t rows, int64_t cols) {
  Source source(9);
  const int64_t n = rows * cols;
  const Values x = source.values(n), dy = source.values(n), w = source.values(n);
  const std::vector<std::int32_t> labels(static_cast<std::size_t>(rows), 1);
  Values all, y(static_cast<std::size_t>(n)), dx = y, mean(static_cast<std::size_t>(cols)), variance = mean;
  Values inv_std = mean, dgamma = mean, dbeta = mean, losses(static_cast<std::size_t>(rows)), u = w, m = dx, v = dx;
  const auto keep = [&](const Values& some) { all.insert(all.end(), some.begin(), some.end()); };
  for (Unary op : {Unary::neg, Unary::exp, Unary::sqrt, Unary::relu, Unary::sigmoid, Unary::tanh})
    t.unary(op, n, x.data(), y.data()), keep(y);
  t.binary(Binary::tanh_backward, n, x.data(), 1, dy.data(), 1, y.data()), keep(y);
  t.sum(1, rows, cols, x.data(), mean.data()), keep(mean);
  t.sum(rows, cols, 1, x.data(), losses.data()), keep(losses);
  t.softmax(rows, cols, x.data(), y.data()), keep(y);
  t.log_softmax(rows, cols, x.data(), y.data()), keep(y);
  t.cross_entropy(rows, cols, x.data(), labels.data(), Scalar(0.1), losses.data(), dx.data()), keep(losses), keep(dx);
  for (int64_t l : {int64_t(1), cols}) {
    const Channels s{rows, cols / l, l};
    t.batch_norm_forward(s, x.data(), nullptr, nullptr, 1, mean.data(), variance.data(), inv_std.data(), y.data());
    t.batch_norm_backward(s, true, x.data(), dy.data(), mean.data(), inv_std.data(), nullptr, dx.data(), dgamma.data(),
                          dbeta.data());
    keep(mean), keep(variance), keep(inv_std), keep(y), keep(dx), keep(dgamma), keep(dbeta);
  }
  t.adam({1e-3, 0.9, 0.999, 1e-8, 0.01, false, 0.1, 0.001}, n, dy.data(), u.data(), m.data(), v.data()), keep(u);
  t.sgd({1e-3, 0.9, 0.01, true}, n, dy.data(), u.data(), m.data()), keep(u);
  Values c(static_cast<std::size_t>(cols * cols));
  t.matmul(Form::tn, cols, cols, rows, x.data(), dy.data(), c.data()), keep(c);
  return all;
}

TEST(KernelsSame, OnAnyNumberOfThreads) {
  for (const Table* table : supported()) {
    set_threads(1);
    const Values one = everything(*table, 257, 300);
    for (int threads : {2, 3, 7}) {
      set_threads(threads);
      EXPECT_TRUE(same_bits(everything(*table, 257, 300), one)) << table->level << ", " << threads << " threads";
    }
    set_threads(1);
  }
}

TEST(KernelsSame, AtEveryLevelWithFma) {
  const Values widest = everything(*supported().back(), 129, 130);
  for (const Table* table : supported())
    EXPECT_TRUE(!has_fma(*table) || same_bits(everything(*table, 129, 130), widest)) << table->level;
}

TEST(KernelsSame, ActiveIsOneOfTheSupported) {
  EXPECT_NE(std::find(supported().begin(), supported().end(), &active()), supported().end());
}

}  // namespace
}  // namespace gradus::kernels
