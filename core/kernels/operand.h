// An operand of the matrix product: how it lies, whether tiles may read it there, and how it is copied where they may
// not.
#pragma once

#include <gradus/core/kernels/tile.h>
#include <gradus/core/kernels/transpose.h>

namespace gradus::kernels::GRADUS_LEVEL {
namespace {

constexpr int64_t kPage = 4096 / sizeof(Scalar);  // numbers so far apart share one place in the first cache

// A matrix as it lies: element (i, j) is p[i * row + j * col], and row or col is 1.
struct View {
  const Scalar* p;
  int64_t row, col;
  bool mostly_zeros = false;  // worth looking for them

  View from(int64_t i, int64_t j) const { return {p + i * row + j * col, row, col, mostly_zeros}; }
  View transposed() const { return {p, col, row, mostly_zeros}; }
  Layout layout() const { return col == 1 ? Layout::rows : Layout::columns; }
  int64_t step() const { return row * col; }  // from a row to the next, or from a column
  // Whether a tile reads it where it lies. It has few rows, but steps through many columns.
  bool good_in_place() const { return !mostly_zeros && step() % (layout() == Layout::rows ? kPage : kPage / 2) != 0; }
};

// From a row, or from a column, to the next when copied.
constexpr int64_t kRowStep = kDepth + 16, kColumnStep = kWhole;

// Columns [0, cols) of b, cols <= kPanel, to a panel [k, kPanel].
void copy_panel(int64_t k, int64_t cols, const View& b, Scalar* panel) {
  if (b.row == 1) {
    for (int64_t l = 0; l < k; l += kWidth)
      for (int64_t j = 0; j < kPanel; j += kWidth)
        transpose_square(least(cols - j, kWidth), least(k - l, kWidth), b.p + l + j * b.col, b.col,
                         panel + l * kPanel + j, kPanel, false);
  } else if (cols == kPanel) {
    for (int64_t l = 0; l < k; ++l)
      for (int64_t j = 0; j < kPanel; j += kWidth) store(panel + l * kPanel + j, load(b.p + l * b.row + j));
  } else {
    for (int64_t l = 0; l < k; ++l) {
      for (int64_t j = 0; j < kPanel; j += kWidth) store(panel + l * kPanel + j, Vector{});
      copy_few<kPanel>(panel + l * kPanel, b.p + l * b.row, cols);
    }
  }
}

// The rows of a for a tile, laid side by side.
void copy_rows(int64_t rows, int64_t k, const View& a, Scalar* y) {
  if (a.col == 1) {
    int64_t l = 0;
    for (; l + kWidth <= k; l += kWidth)  // all rows at once: their cache lines are waited for together
      for (int64_t i = 0; i < rows; ++i) store(y + i * kRowStep + l, load(a.p + i * a.row + l));
    for (int64_t i = 0; i < rows; ++i) copy_few<kWidth>(y + i * kRowStep + l, a.p + i * a.row + l, k - l);
  } else {
    // In whole vectors, which read past the rows of the tile, but for the last ones: not past the end of a.
    const int64_t last = k - pieces(kWhole - rows, a.col);
    int64_t l = 0;
    for (; l < last; ++l)
      for (int i = 0; i < kWhole; i += kWidth) store(y + l * kColumnStep + i, load(a.p + l * a.col + i));
    for (; l < k; ++l) {
      for (int i = 0; i < kWhole; i += kWidth) store(y + l * kColumnStep + i, Vector{});
      copy_few<16>(y + l * kColumnStep, a.p + l * a.col, rows);
    }
  }
}

}  // namespace
}  // namespace gradus::kernels::GRADUS_LEVEL
