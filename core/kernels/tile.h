// A tile of the matrix product: what is kept in registers while k runs. matmul.cpp says how tiles make a product.
#pragma once

#include <gradus/core/kernels/elements.h>
#include <gradus/core/kernels/instructions.h>

namespace gradus::kernels::GRADUS_LEVEL {
namespace {

constexpr int kRows = kVectorBytes == 64 ? 14 : 6;  // of a tile, at most
constexpr int kWhole = (kRows + kWidth - 1) / kWidth * kWidth;
constexpr int kPanel = 2 * kWidth;                   // columns of a tile
constexpr int64_t kDepth = 2048 / sizeof(Scalar);    // of a block, along k
constexpr int64_t kColumns = 2048 / sizeof(Scalar);  // of a block of b
constexpr int64_t kLine = 64 / sizeof(Scalar);       // a cache line

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
  for (int64_t s = 0; s < steps.count; ++s) {
    const int64_t l = listed ? steps.at[s] : s;
    const Scalar* const b_at = b + l * (listed ? kPanel : b_row);
    Vector bk[vectors];
#pragma GCC unroll 2
    for (int j = 0; j < vectors; ++j) bk[j] = load(b_at + j * kWidth);
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i) {
      const Vector ak = broadcast(layout == Layout::rows ? a.p + i * a.step + l : a.p + i + l * a.step);
#pragma GCC unroll 2
      for (int j = 0; j < vectors; ++j) sum[i][j] = fma(ak, bk[j], sum[i][j]);
    }
  }
  Vector last[vectors] = {};
#pragma GCC unroll 2
  for (int j = 0; j < vectors; ++j)
    if (bias != nullptr) last[j] = load(bias + j * kWidth);
#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < vectors; ++j) {
      const Vector whole = listed ? sum[i][j] + 0 : sum[i][j];
      store(c + i * c_row + j * kWidth, bias != nullptr ? whole + last[j] : whole);
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
  return listed ? tile_of<vectors, layout, true>(rows) : tile_of<vectors, layout, false>(rows);
}

}  // namespace
}  // namespace gradus::kernels::GRADUS_LEVEL
