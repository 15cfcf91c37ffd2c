#include <gradus/core/error.h>
#include <gradus/core/tensor/random.h>

#include <bit>
#include <cmath>

namespace gradus {
namespace {

// SplitMix64 (Steele, Lea and Flood 2014): spreads a seed over the whole state, so that seeds 1 and 2 have nothing
// in common.
std::uint64_t split_mix(std::uint64_t& x) {
  std::uint64_t z = x += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

// The natural logarithm of x > 0 from + - * / alone: x = m * 2^e with m near 1, and
// log m = 2 artanh t = 2 (t + t^3/3 + t^5/5 + ...) with t = (m - 1) / (m + 1), |t| < 0.172.
double logarithm(double x) {
  int exponent = 0;
  double m = std::frexp(x, &exponent);  // exact
  if (m < 0.70710678118654752) {
    m *= 2;
    --exponent;
  }
  const double t = (m - 1) / (m + 1), t2 = t * t;
  double series = 0;
  for (int power = 21; power >= 1; power -= 2) series = series * t2 + 1.0 / power;
  return 2 * t * series + exponent * 0.69314718055994531;
}

double uniform_double(std::uint64_t bits) { return static_cast<double>(bits >> 11) * 0x1p-53; }

}  // namespace

Rng::Rng(std::uint64_t seed) {
  for (std::uint64_t& word : state_) word = split_mix(seed);
}

std::uint64_t Rng::next() {
  auto& [a, b, c, d] = state_;
  const std::uint64_t result = std::rotl(a + d, 23) + a;
  const std::uint64_t shifted = b << 17;
  c ^= a;
  d ^= b;
  b ^= c;
  a ^= d;
  c ^= shifted;
  d = std::rotl(d, 45);
  return result;
}

Scalar Rng::uniform() {
  if constexpr (sizeof(Scalar) == 4) return static_cast<Scalar>(next() >> 40) * static_cast<Scalar>(0x1p-24);
  return static_cast<Scalar>(uniform_double(next()));
}

// Not in the header: a program's compiler might fuse the product and the sum, which gives other bits.
Scalar Rng::uniform(Scalar low, Scalar high) { return low + (high - low) * uniform(); }

Scalar Rng::normal() {
  // A uniform point (u, v) in the unit disc; u * sqrt(-2 log s / s) with s = u^2 + v^2 is normal. The method yields a
  // second one from v, which is given up so that the state stays four words.
  for (;;) {
    const double u = 2 * uniform_double(next()) - 1;
    const double v = 2 * uniform_double(next()) - 1;
    const double s = u * u + v * v;
    if (s > 0 && s < 1) return static_cast<Scalar>(u * std::sqrt(-2 * logarithm(s) / s));
  }
}

std::int64_t Rng::below(std::int64_t count) {
  if (count <= 0) fail("below", "count must be positive, got ", count);
  const auto range = static_cast<std::uint64_t>(count);
  // The largest multiple of range; what lies beyond would favour small numbers and is drawn again.
  const std::uint64_t limit = ~std::uint64_t{0} - ~std::uint64_t{0} % range;
  for (;;) {
    const std::uint64_t bits = next();
    if (bits < limit) return static_cast<std::int64_t>(bits % range);
  }
}

Tensor Rng::uniform(const Shape& shape, Scalar low, Scalar high) {
  Tensor t = Tensor::uninitialized(shape);
  for (Scalar& value : t.mutable_values()) value = uniform(low, high);
  return t;
}

Tensor Rng::normal(const Shape& shape, Scalar mean, Scalar deviation) {
  Tensor t = Tensor::uninitialized(shape);
  for (Scalar& value : t.mutable_values()) value = mean + deviation * normal();
  return t;
}

}  // namespace gradus
