// What a product leaves out where an operand is mostly zeros (pictures, one-hot rows): of a tile, the steps at which
// all its rows of a are zero. It costs a look at a and gains most of the work. Sums keep their bits, but for one that
// ends at -0, which becomes 0 (tile.h). A block of b with an infinity or a NaN has no step left out: 0 times that is
// NaN.
#pragma once

#include <gradus/core/kernels/tile.h>

namespace gradus::kernels::GRADUS_LEVEL {
namespace {

constexpr int64_t kManyProducts = 1 << 20;  // in fewer, nothing is left out

// By a sample that does not depend on threads or level: runs of numbers, begun at all columns.
bool mostly_zeros(int64_t count, const Scalar* x) {
  constexpr int64_t kRuns = 32, kRun = 16;
  if (count < kRuns * kRun) return false;
  const int64_t step = ((count - kRun) / (kRuns - 1) - 1) | 1;  // odd, so that it goes through all columns
  int zeros = 0;
  for (int64_t run = 0; run < kRuns; ++run)
    for (int64_t i = 0; i < kRun; ++i) zeros += x[run * step + i] == 0;
  return zeros > kRuns * kRun * 6 / 10;
}

// Whether there is no infinity and no NaN among x; count is a multiple of kPanel.
bool all_finite(int64_t count, const Scalar* x) {
  Vector sums[2] = {};  // of zeros, or NaN
  for (int64_t i = 0; i < count; i += kPanel)
    for (int j = 0; j < 2; ++j) sums[j] = fma(load(x + i + j * kWidth), Vector{}, sums[j]);
  bool all = true;
  for (int i = 0; i < kWidth; ++i) all &= sums[0][i] + sums[1][i] == 0;
  return all;
}

// The steps that a tile takes.
struct StepList {
  int64_t count = 0;
  int64_t at[kDepth];

  void all(int64_t k) {
    for (count = 0; count < k; ++count) at[count] = count;
  }

  // Those at which the tile's rows of a, as copied, are not all zero: they have a bit that is not.
  void nonzero(int64_t rows, int64_t k, const RowsOfA& a, Layout layout) {
    count = 0;
    layout == Layout::rows ? look_at_rows(rows, k, a) : look_at_columns(rows, k, a);
  }

 private:
  void look_at_rows(int64_t rows, int64_t k, const RowsOfA& a) {
    for (int64_t l = 0; l < k; l += kWidth) {
      Integer any[kWidth] = {};
      for (int64_t i = 0; i < rows; ++i)
        for (int j = 0; j < kWidth; ++j) any[j] |= bits_at<Integer>(a.p + i * a.step + l + j);
      for (int64_t j = 0; j < least(kWidth, k - l); ++j) add(l + j, any[j] != 0);
    }
  }

  // In words of two rows. (Of an odd number of rows, the one too many may only add steps.)
  void look_at_columns(int64_t rows, int64_t k, const RowsOfA& a) {
    constexpr int64_t kWord = sizeof(int64_t) / sizeof(Scalar);
    for (int64_t l = 0; l < k; ++l) {
      int64_t any = 0;
      for (int64_t i = 0; i < rows; i += kWord) any |= bits_at<int64_t>(a.p + l * a.step + i);
      add(l, any != 0);
    }
  }

  template <class T>
  static T bits_at(const Scalar* p) {
    T bits;
    __builtin_memcpy(&bits, p, sizeof bits);
    return bits;
  }

  void add(int64_t l, bool taken) {  // without a branch, which nobody could foretell
    at[count] = l;
    count += taken;
  }
};

}  // namespace
}  // namespace gradus::kernels::GRADUS_LEVEL
