// What batch normalization of a matrix and of images have in common: sums over samples, and what comes of them.
//
// The mean is rounded, so that x - mean does not quite add up to 0; what it adds up to (rest) is taken off again.
#pragma once

#include <gradus/core/kernels/elements.h>
#include <gradus/core/kernels/vector.h>

namespace gradus::kernels::GRADUS_LEVEL {
namespace {

struct Upwards {
  static constexpr bool up = true;
};
struct Downwards {
  static constexpr bool up = false;
};

// How many times the room for the sums themselves pairwise() needs for n rows.
int64_t room_for(int64_t n) {
  int64_t times = 1;
  for (; n > kBlock; n = first_half(n)) ++times;
  return times;
}

// `width` sums over the rows [first, last); add(first, last, sums) adds those of a block to sums. Which half comes
// first is as Direction says.
template <class Direction, class Add>
void pairwise(Direction direction, int64_t first, int64_t last, int64_t width, Scalar* sums, const Add& add) {
  if (last - first <= kBlock) {
    for (int64_t j = 0; j < width; ++j) sums[j] = 0;
    return add(first, last, sums);
  }
  const int64_t middle = first + first_half(last - first);
  Scalar *const low = Direction::up ? sums : sums + width, *const high = Direction::up ? sums + width : sums;
  if (Direction::up) pairwise(direction, first, middle, width, low, add);
  pairwise(direction, middle, last, width, high, add);
  if (!Direction::up) pairwise(direction, first, middle, width, low, add);
  for (int64_t j = 0; j < width; ++j) sums[j] += sums[width + j];
}

// From squares, the sums of (x - mean)^2 over m values of each channel [begin, end), and rests, those of x - mean:
// variance, inv_std, and what y = (x - mean) scale + shift needs, in place of the sums.
inline void finish_forward(int64_t begin, int64_t end, Scalar m, const Scalar* gamma, const Scalar* beta, Scalar eps,
                           Scalar* variance, Scalar* inv_std, Scalar* squares, Scalar* rests) {
  for (int64_t j = begin; j < end; j += kWidth) {
    const int64_t count = least(end - j, kWidth);
    const Vector square = read(squares + j, count), rest = read(rests + j, count);
    const Vector var = (square - rest * rest / m) / m, inverse = inverse_root(var + eps);
    const Vector scale = (gamma != nullptr ? read(gamma + j, count) : splat(1)) * inverse;
    const Vector shift = (beta != nullptr ? read(beta + j, count) : Vector{}) - scale * (rest / m);
    write(variance + j, var, count);
    write(inv_std + j, inverse, count);
    write(squares + j, scale, count);
    write(rests + j, shift, count);
  }
}

// From the sums of dy, of dy (x - mean) and of x - mean, over 1 / share values: dgamma, dbeta, and in place of the sums
// the e, b and a of
//
//   dx = a dy - b (x - mean) - e   with a = gamma inv_std, b = a inv_std dgamma / m, e = a dbeta / m
//
// In evaluation b = e = 0: share is 0.
inline void finish_backward(int64_t begin, int64_t end, Scalar share, const Scalar* inv_std, const Scalar* gamma,
                            Scalar* sums, Scalar* products, Scalar* rests, Scalar* dgamma, Scalar* dbeta) {
  for (int64_t j = begin; j < end; ++j) {
    const Scalar rest = rests[j] * share, a = (gamma != nullptr ? gamma[j] : 1) * inv_std[j];
    products[j] = (products[j] - rest * sums[j]) * inv_std[j];
    if (dbeta != nullptr) dbeta[j] = sums[j];
    if (dgamma != nullptr) dgamma[j] = products[j];
    products[j] *= a * inv_std[j] * share;
    sums[j] = a * sums[j] * share - products[j] * rest;
    rests[j] = a;
  }
}

}  // namespace
}  // namespace gradus::kernels::GRADUS_LEVEL
