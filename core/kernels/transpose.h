// The transpose of a small square that fits into registers.
#pragma once

#include <gradus/core/kernels/vector.h>

namespace gradus::kernels::GRADUS_LEVEL {
namespace {

// a0 b0 a1 b1 ... from the lower halves of a and b, or from the upper.
template <int... i>
inline Vector interleave_low(Vector a, Vector b, std::integer_sequence<int, i...>) {
  return __builtin_shufflevector(a, b, (i / 2 + i % 2 * kWidth)...);
}

template <int... i>
inline Vector interleave_high(Vector a, Vector b, std::integer_sequence<int, i...>) {
  return __builtin_shufflevector(a, b, (kWidth / 2 + i / 2 + i % 2 * kWidth)...);
}

// y [cols, rows] = transpose of x [rows, cols]; rows, cols <= kWidth. Rows of y are written whole: what is past `rows`
// becomes 0, unless `exactly`.
//
// One round of a perfect shuffle interleaves row r with row r + kWidth / 2: in the square seen as one array, it moves
// the first bit of an index to the end. After log2(kWidth) rounds row and column have changed places.
inline void transpose_square(std::int64_t rows, std::int64_t cols, const Scalar* x, std::int64_t x_row, Scalar* y,
                             std::int64_t y_row, bool exactly) {
  constexpr std::make_integer_sequence<int, kWidth> kIndices{};
  Vector v[kWidth], w[kWidth];
  if (rows == kWidth && cols == kWidth) {
#pragma GCC unroll 16
    for (int i = 0; i < kWidth; ++i) v[i] = load(x + i * x_row);
  } else {
    for (int i = 0; i < kWidth; ++i) v[i] = i < rows ? read(x + i * x_row, cols) : Vector{};
  }
#pragma GCC unroll 16
  for (int round = 1; round < kWidth; round *= 2) {
#pragma GCC unroll 16
    for (int i = 0; i < kWidth / 2; ++i) {
      w[2 * i] = interleave_low(v[i], v[i + kWidth / 2], kIndices);
      w[2 * i + 1] = interleave_high(v[i], v[i + kWidth / 2], kIndices);
    }
#pragma GCC unroll 16
    for (int i = 0; i < kWidth; ++i) v[i] = w[i];
  }
  if (cols == kWidth && (rows == kWidth || !exactly)) {
#pragma GCC unroll 16
    for (int i = 0; i < kWidth; ++i) store(y + i * y_row, v[i]);
  } else {
    for (int i = 0; i < cols; ++i) write(y + i * y_row, v[i], exactly ? rows : kWidth);
  }
}

}  // namespace
}  // namespace gradus::kernels::GRADUS_LEVEL
