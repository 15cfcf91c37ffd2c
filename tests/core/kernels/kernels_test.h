// What the tests of the kernels share: numbers, arrays that lie badly, comparisons, and the levels of this processor.
#pragma once

#include <gradus/core/kernels/kernels.h>
#include <gradus/core/kernels/parallel.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace gradus::kernels {

using std::int64_t;

using Values = std::vector<Scalar>;

constexpr double kEpsilon = std::numeric_limits<Scalar>::epsilon();
constexpr Scalar kInfinity = std::numeric_limits<Scalar>::infinity();
constexpr Scalar kNan = std::numeric_limits<Scalar>::quiet_NaN();
inline const std::vector<int64_t> kSizes = {0, 1, 7, 15, 17, 33, 100, 127, 129};

inline const std::vector<std::pair<Unary, const char*>> kUnaries = {
    {Unary::neg, "neg"},           {Unary::exp, "exp"},         {Unary::log, "log"},   {Unary::sqrt, "sqrt"},
    {Unary::relu, "relu"},         {Unary::sigmoid, "sigmoid"}, {Unary::tanh, "tanh"}, {Unary::abs, "abs"},
    {Unary::softplus, "softplus"}, {Unary::gelu, "gelu"}};
inline const std::vector<std::pair<Binary, const char*>> kBinaries = {{Binary::add, "add"},
                                                                      {Binary::sub, "sub"},
                                                                      {Binary::mul, "mul"},
                                                                      {Binary::div, "div"},
                                                                      {Binary::relu_backward, "relu_backward"},
                                                                      {Binary::sigmoid_backward, "sigmoid_backward"},
                                                                      {Binary::tanh_backward, "tanh_backward"},
                                                                      {Binary::abs_backward, "abs_backward"},
                                                                      {Binary::maximum, "maximum"},
                                                                      {Binary::minimum, "minimum"},
                                                                      {Binary::greater, "greater"},
                                                                      {Binary::equal, "equal"}};

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

inline bool same_bits(const Values& a, const Values& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(Scalar)) == 0);
}

// x and expected agree, or both are NaN, or the same infinity.
inline bool close(double x, double expected, double tolerance) {
  if (std::isnan(expected)) return std::isnan(x);
  if (std::isinf(expected)) return x == expected;
  return std::abs(x - expected) <= tolerance * std::max(1.0, std::abs(expected));
}

inline void expect_close(double x, double expected, double tolerance, const char* what) {
  EXPECT_TRUE(close(x, expected, tolerance)) << what << ": " << x << " instead of " << expected;
}

// As the fast levels see it: subnormal numbers count as zero.
inline Scalar flushed(Scalar x) { return std::abs(x) < std::numeric_limits<Scalar>::min() ? 0 : x; }

inline double units_in_last_place(Scalar x, double expected) {
  if (std::isnan(expected)) return std::isnan(x) ? 0 : 1e9;
  const Scalar nearest = static_cast<Scalar>(expected);
  if (x == nearest) return 0;
  if (std::isinf(x) || std::isinf(nearest)) return 1e9;
  const double unit = static_cast<double>(std::nextafter(std::abs(nearest), kInfinity)) - std::abs(nearest);
  return std::abs(static_cast<double>(x) - expected) / unit;
}

inline void expect_close(const Values& x, const Values& expected, double tolerance, const char* what) {
  ASSERT_EQ(x.size(), expected.size()) << what;
  for (std::size_t i = 0; i < x.size(); ++i)
    if (!close(x[i], expected[i], tolerance))
      ADD_FAILURE() << what << " " << i << ": " << x[i] << " instead of " << expected[i];
}

inline bool is_plain(const Table& t) { return std::string(t.level) == "plain"; }
inline bool has_fma(const Table& t) { return !is_plain(t) && std::string(t.level) != "x86-64-v2"; }

// At every level of this processor.
class Kernels : public ::testing::TestWithParam<const Table*> {
 protected:
  ~Kernels() override { set_threads(1); }
  const Table& table = *GetParam();
};

// At every level but the plain one, which they are held against. What it returns is right to half a unit in the last
// place, sums included.
class FastKernels : public Kernels {
 protected:
  const Table& plain = supported().front();
};

}  // namespace gradus::kernels
