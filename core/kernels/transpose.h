// The transpose of a small square that fits into registers.
#pragma once

#include <gradus/core/kernels/vector.h>

namespace gradus::kernels::GRADUS_LEVEL {
namespace {

// 16 bytes: within them, registers move numbers at half the cost of moving them across.
typedef Scalar Piece __attribute__((vector_size(16)));
constexpr int kPiece = sizeof(Piece) / sizeof(Scalar), kPieces = kWidth / kPiece;

template <class V, int... i>
inline auto join(V a, V b, std::integer_sequence<int, i...>) {
  return __builtin_shufflevector(a, b, i...);
}

// Pieces from memory, `step` apart, side by side.
template <int pieces = kPieces>
inline auto load_pieces(const Scalar* x, std::int64_t step) {
  if constexpr (pieces == 1) {
    Piece piece;
    __builtin_memcpy(&piece, x, sizeof piece);
    return piece;
  } else {
    return join(load_pieces<pieces / 2>(x, step), load_pieces<pieces / 2>(x + pieces / 2 * step, step),
                std::make_integer_sequence<int, pieces * kPiece>{});
  }
}

// In every piece a0 b0 a1 b1 ... from the lower half of a's and b's (upper = 0), or from the upper.
template <int upper, int... i>
inline Vector interleave(Vector a, Vector b, std::integer_sequence<int, i...>) {
  return __builtin_shufflevector(a, b, (i / kPiece * kPiece + upper * kPiece / 2 + i % kPiece / 2 + i % 2 * kWidth)...);
}

// y = transpose of x, both [kWidth, kWidth].
//
// Register i of kPiece holds pieces of the rows i, i + kPiece, i + 2 kPiece ...: the registers' first pieces are a
// small square, their second ones another, and the transposes of these, side by side, are rows of y. One round of a
// perfect shuffle interleaves register i with register i + kPiece / 2: in a small square seen as one array, it moves
// the first bit of an index to the end. After log2(kPiece) rounds row and column have changed places.
inline void transpose_square(const Scalar* x, std::int64_t x_row, Scalar* y, std::int64_t y_row) {
  constexpr std::make_integer_sequence<int, kWidth> kIndices{};
  Vector v[kWidth], w[kPiece];
#pragma GCC unroll 4
  for (int i = 0; i < kPiece; ++i)  // all of a row at once: rows 4096 bytes apart share one place in the cache
#pragma GCC unroll 4
    for (int j = 0; j < kWidth; j += kPiece) v[j + i] = load_pieces(x + i * x_row + j, kPiece * x_row);
#pragma GCC unroll 4
  for (int j = 0; j < kWidth; j += kPiece) {
#pragma GCC unroll 2
    for (int round = 1; round < kPiece; round *= 2) {
#pragma GCC unroll 2
      for (int i = 0; i < kPiece / 2; ++i) {
        w[2 * i] = interleave<0>(v[j + i], v[j + i + kPiece / 2], kIndices);
        w[2 * i + 1] = interleave<1>(v[j + i], v[j + i + kPiece / 2], kIndices);
      }
#pragma GCC unroll 4
      for (int i = 0; i < kPiece; ++i) v[j + i] = w[i];
    }
#pragma GCC unroll 4
    for (int i = 0; i < kPiece; ++i) store(y + (j + i) * y_row, v[j + i]);
  }
}

// The same for a part of a square: x [rows, cols], rows, cols <= kWidth. Rows of y are written whole: what is past
// `rows` becomes 0, unless `exactly`.
inline void transpose_square(std::int64_t rows, std::int64_t cols, const Scalar* x, std::int64_t x_row, Scalar* y,
                             std::int64_t y_row, bool exactly) {
  if (rows == kWidth && cols == kWidth) return transpose_square(x, x_row, y, y_row);
  Scalar square[kWidth * kWidth];
  for (int i = 0; i < kWidth; ++i) store(square + i * kWidth, i < rows ? read(x + i * x_row, cols) : Vector{});
  transpose_square(square, kWidth, square, kWidth);
  for (int i = 0; i < cols; ++i) write(y + i * y_row, load(square + i * kWidth), exactly ? rows : kWidth);
}

}  // namespace
}  // namespace gradus::kernels::GRADUS_LEVEL
