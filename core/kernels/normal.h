// The normal distribution Phi on vectors, with its density phi(x) = e^(-x^2/2) / sqrt(2 pi), for gelu.
//
//   Phi(-a) = e^(-a^2/2) f(a) for a >= 0,   where f falls slowly, and   Phi(a) = 1 - Phi(-a)
//
// For float, f is a polynomial in t = 1 / (1 + 0.3 a), fitted to a relative error of 4e-9 (the form is that of
// Abramowitz and Stegun, 7.1.26). The square is computed with what its rounding lost, as the exponential multiplies its
// error.
#pragma once

#include <gradus/core/kernels/exp.h>

namespace gradus::kernels::GRADUS_LEVEL {
namespace {

struct Normal {
  Vector bell, ratio;  // e^(-x^2/2), and f(|x|)
};

inline Vector size_of(Vector x) { return x < 0 ? -x : x; }

inline Normal normal(Vector x) {
  const Vector size = size_of(x), a = size > 40 ? splat(40) : size;  // where both tails are 0
  const Vector half = a * Scalar(0.5), square = half * a, lost = fma(half, a, -square);
  const Vector bell = exp_down(-square) * (1 - lost);
#ifdef GRADUS_DOUBLE
  Vector ratio;
  for (int i = 0; i < kWidth; ++i) ratio[i] = __builtin_erfc(a[i] * 0.70710678118654752440) / 2;
  ratio = a < 38 ? ratio / bell : Vector{};
#else
  constexpr Scalar kTerms[] = {0.119686693f,   0.119571812f, 0.110235453f,  0.0783895031f, 0.0961572826f,
                               -0.0794243589f, 0.191785604f, -0.228214428f, 0.112435967f,  -0.0206235349f};
  const Vector t = 1 / fma(splat(0.3f), a, splat(1));
  Vector ratio = splat(kTerms[9]);
  for (int k = 8; k >= 0; --k) ratio = fma(ratio, t, splat(kTerms[k]));
  ratio = ratio * t;
#endif
  return {bell, ratio};
}

// x Phi(x), multiplied in an order in which nothing becomes subnormal before the result does.
inline Vector gelu(Vector x, Normal at) {
  const Vector bounded = size_of(x) > 40 ? splat(40) : size_of(x);
  return x > 0 ? x - bounded * (at.bell * at.ratio) : at.bell * (-bounded * at.ratio);
}

// Its slope Phi(x) + x phi(x).
inline Vector gelu_slope(Vector x, Normal at) {
  constexpr Scalar kInverseRoot2Pi = static_cast<Scalar>(0.39894228040143267794);
  const Vector below = at.bell * at.ratio;  // Phi(-|x|)
  return (x > 0 ? 1 - below : below) + at.bell * kInverseRoot2Pi * (size_of(x) > 40 ? Vector{} : x);
}

// log(1 + e^x) = max(x, 0) + log(1 + e^-|x|)
inline Vector softplus(Vector x) {
  Vector y = exp_down(-size_of(x));
  for (int i = 0; i < kWidth; ++i) y[i] = log_of_one_plus(y[i]);
  return y + (x <= 0 ? Vector{} : x);
}

}  // namespace
}  // namespace gradus::kernels::GRADUS_LEVEL
