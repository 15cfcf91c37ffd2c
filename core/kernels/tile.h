// A tile of the matrix product: what is kept in registers while k runs. matmul.cpp says how tiles make a product.
#pragma once

#include <gradus/core/kernels/elements.h>
#include <gradus/core/kernels/instructions.h>

namespace gradus::kernels::GRADUS_LEVEL {
namespace {

constexpr int kRows = kVectorBytes == 64 ? 14 : 6;     // of a tile, at most
constexpr int kRowsWithZeros = kRows < 8 ? kRows : 8;  // if a is mostly zeros: fewer rows have more zeros in common
constexpr int kWhole = (kRows + kWidth - 1) / kWidth * kWidth;
constexpr int kPanel = 2 * kWidth;                   // columns of a tile
constexpr int64_t kDepth = 2048 / sizeof(Scalar);    // of a block, along k
constexpr int64_t kColumns = 2048 / sizeof(Scalar);  // of a block of b

// A tile's rows of a, as they lie or as they were copied. Element (i, l) is p[i * step + l] of rows, and (where a comes
// transposed) p[i + l * step] of columns.
enum class Layout { rows, columns };
struct RowsOfA {
  const Scalar* p;
  int64_t step;
};

// The steps of k that a tile takes: all, or those listed.
struct Steps {
  int64_t count;
  const int64_t* at = nullptr;
};

// A tile stores so many vectors at once, at its end. More would queue up in front of the multipliers (of a Zen 4 with
// AVX-512), so a larger tile takes its last steps a third of its rows at a time, and stores one while it adds up the
// next.
constexpr int kStoresAtOnce = 16, kLastSteps = 8;

// sum [rows from..to, vectors] += the products of the steps begin..end.
template <int from, int to, Layout layout, bool listed, int rows, int vectors>
[[gnu::always_inline]] inline void add_steps(const Steps& steps, int64_t begin, int64_t end, const RowsOfA& a,
                                             const Scalar* b, int64_t b_row, Vector (&sum)[rows][vectors]) {
  for (int64_t s = begin; s < end; ++s) {
    const int64_t l = listed ? steps.at[s] : s;
    const Scalar* const b_at = b + l * (listed ? kPanel : b_row);
    Vector bk[vectors];
#pragma GCC unroll 2
    for (int j = 0; j < vectors; ++j) bk[j] = load(b_at + j * kWidth);
#pragma GCC unroll 16
    for (int i = from; i < to; ++i) {
      const Vector ak = broadcast(layout == Layout::rows ? a.p + i * a.step + l : a.p + i + l * a.step);
#pragma GCC unroll 2
      for (int j = 0; j < vectors; ++j) sum[i][j] = fma(ak, bk[j], sum[i][j]);
    }
  }
}

// c [rows from..to, vectors] = sum + bias
template <int from, int to, bool listed, int rows, int vectors>
[[gnu::always_inline]] inline void store_sums(const Vector (&sum)[rows][vectors], const Scalar* bias, Scalar* c,
                                              int64_t c_row) {
#pragma GCC unroll 16
  for (int i = from; i < to; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < vectors; ++j) {
      const Vector whole = listed ? sum[i][j] + 0 : sum[i][j];
      store(c + i * c_row + j * kWidth, bias != nullptr ? whole + load(bias + j * kWidth) : whole);
    }
}

// c [rows, vectors] = (first ? 0 : c) + a [rows, k] b [k, vectors], and then + bias [vectors], unless that is null.
// Where steps are listed, b is a panel; and a sum of -0 becomes 0, as it does when products of 0 are added to it.
template <int rows, int vectors, Layout layout, bool listed>
void add_products(const Steps& steps, const RowsOfA& a, const Scalar* b, int64_t b_row, Scalar* c, int64_t c_row,
                  bool first, const Scalar* bias) {
  Vector sum[rows][vectors] = {};
  if (!first) {
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 2
      for (int j = 0; j < vectors; ++j) sum[i][j] = load(c + i * c_row + j * kWidth);
  }
  const int64_t count = steps.count;
  if constexpr (rows * vectors <= kStoresAtOnce) {
    add_steps<0, rows, layout, listed>(steps, 0, count, a, b, b_row, sum);
    store_sums<0, rows, listed>(sum, bias, c, c_row);
  } else {
    constexpr int kThird = rows / 3, kThirds = rows * 2 / 3;
    const int64_t last = count - least(count, kLastSteps);
    add_steps<0, rows, layout, listed>(steps, 0, last, a, b, b_row, sum);
    add_steps<0, kThird, layout, listed>(steps, last, count, a, b, b_row, sum);
    store_sums<0, kThird, listed>(sum, bias, c, c_row);
    add_steps<kThird, kThirds, layout, listed>(steps, last, count, a, b, b_row, sum);
    store_sums<kThird, kThirds, listed>(sum, bias, c, c_row);
    add_steps<kThirds, rows, layout, listed>(steps, last, count, a, b, b_row, sum);
    store_sums<kThirds, rows, listed>(sum, bias, c, c_row);
  }
}

using Tile = void (*)(const Steps&, const RowsOfA&, const Scalar*, int64_t, Scalar*, int64_t, bool, const Scalar*);

// The tile for as many rows as wanted.
template <int vectors, Layout layout, bool listed, int rows = kRows>
Tile tile_of(int64_t wanted) {
  if constexpr (rows > 1) {
    if (wanted < rows) return tile_of<vectors, layout, listed, rows - 1>(wanted);
  }
  return add_products<rows, vectors, layout, listed>;
}

template <int vectors, Layout layout>
Tile tile_of(int64_t rows, bool listed) {
  return listed ? tile_of<vectors, layout, true, kRowsWithZeros>(rows) : tile_of<vectors, layout, false>(rows);
}

}  // namespace
}  // namespace gradus::kernels::GRADUS_LEVEL
