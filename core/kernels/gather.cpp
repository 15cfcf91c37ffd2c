// Rows picked by index; and bytes so picked, turned into numbers and scaled in one go.
//
//   y[r, j] = x[indices[r], j]        dx[indices[r], j] += dy[r, j]        y[r, j] = x[indices[r], j] / divisor
//
// The rows of bytes lie anywhere in memory, so what takes time is waiting for them: those to come are asked for early.
#include <gradus/core/kernels/elements.h>
#include <gradus/core/kernels/scratch.h>
#include <gradus/core/kernels/vector.h>

namespace gradus::kernels::GRADUS_LEVEL {
namespace {

void gather(int64_t rows, int64_t cols, const Scalar* x, const int32_t* indices, Scalar* y) {
  parallel_for(rows, kElementsPerThread / (cols + 1) + 1, [=](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r)
      __builtin_memcpy(y + r * cols, x + indices[r] * cols, static_cast<std::size_t>(cols) * sizeof(Scalar));
  });
}

constexpr int64_t kChain = 1024;  // rows of dy that are added up in one chain

// Threads share the columns: each sum is made by one, in the order of r. Above a block's rows each block is added up by
// itself and then added to dx: by the same loop over its rows, which finds 0 where it has been before.
void scatter_add(int64_t rows, int64_t cols, int64_t entries, const Scalar* dy, const int32_t* indices, Scalar* dx) {
  const int64_t vectors = (cols + kWidth - 1) / kWidth;
  parallel_for(vectors, kElementsPerThread / (kWidth * (rows + 1)) + 1, [=](int64_t begin, int64_t end) {
    const int64_t first = begin * kWidth, count = (end * kWidth < cols ? end * kWidth : cols) - first;
    const auto add = [=](int64_t from_row, int64_t to_row, Scalar* to, int64_t stride) {
      for (int64_t r = from_row; r < to_row; ++r) {
        const Scalar* from = dy + r * cols + first;
        for (int64_t j = 0; j < count; ++j) to[indices[r] * stride + j] += from[j];
      }
    };
    if (rows <= kChain) return add(0, rows, dx + first, cols);
    Scalar* block = scratch(entries * count);
    for (int64_t k = 0; k < entries * count; ++k) block[k] = 0;
    for (int64_t r = 0; r < rows; r += kChain) {
      const int64_t last = r + kChain < rows ? r + kChain : rows;
      add(r, last, block, count);
      for (int64_t i = r; i < last; ++i) {
        Scalar* sum = block + indices[i] * count;
        Scalar* to = dx + indices[i] * cols + first;
        for (int64_t j = 0; j < count; ++j) {
          to[j] += sum[j];
          sum[j] = 0;
        }
      }
    }
  });
}

constexpr int64_t kAhead = 4;  // rows

// x / divisor to the nearest number, where inverse is the nearest to 1 / divisor: x inverse misses it for some bytes,
// by what a fused multiply-add shows without rounding (Markstein, IBM Journal of Research and Development 34, 1990).
Scalar quotient(Scalar x, Scalar divisor, Scalar inverse) {
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
  const Scalar q = x * inverse;
  return fma(fma(-q, divisor, x), inverse, q);
#else
  static_cast<void>(inverse);
  return x / divisor;
#endif
}

void gather_bytes(int64_t rows, int64_t cols, const uint8_t* x, const int32_t* indices, Scalar divisor, Scalar* y) {
  const Scalar inverse = 1 / divisor;
  parallel_for(rows, kElementsPerThread / (cols + 1) + 1, [=](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      if (r + kAhead < end) {
        for (int64_t j = 0; j < cols; j += 64) __builtin_prefetch(x + indices[r + kAhead] * cols + j);
      }
      const uint8_t* from = x + indices[r] * cols;
      Scalar* to = y + r * cols;
      for (int64_t j = 0; j < cols; ++j) to[j] = quotient(from[j], divisor, inverse);
    }
  });
}

}  // namespace

void use_fast_gather(Table& table) {
  table.gather = gather;
  table.scatter_add = scatter_add;
  table.gather_bytes = gather_bytes;
}

}  // namespace gradus::kernels::GRADUS_LEVEL
