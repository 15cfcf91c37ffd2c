// Rows picked by index; and bytes so picked, turned into numbers and scaled in one go.
//
//   y[r, j] = x[indices[r], j]        dx[indices[r], j] += dy[r, j]        y[r, j] = x[indices[r], j] / divisor
//
// The rows of bytes lie anywhere in memory, so what takes time is waiting for them: those to come are asked for early.
#include <gradus/core/kernels/elements.h>
#include <gradus/core/kernels/vector.h>

namespace gradus::kernels::GRADUS_LEVEL {
namespace {

void gather(int64_t rows, int64_t cols, const Scalar* x, const int32_t* indices, Scalar* y) {
  parallel_for(rows, kElementsPerThread / (cols + 1) + 1, [=](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r)
      __builtin_memcpy(y + r * cols, x + indices[r] * cols, static_cast<std::size_t>(cols) * sizeof(Scalar));
  });
}

// Threads share the columns: each sum is made by one, in the order of r.
void scatter_add(int64_t rows, int64_t cols, const Scalar* dy, const int32_t* indices, Scalar* dx) {
  const int64_t vectors = (cols + kWidth - 1) / kWidth;
  parallel_for(vectors, kElementsPerThread / (kWidth * (rows + 1)) + 1, [=](int64_t begin, int64_t end) {
    const int64_t last = end * kWidth < cols ? end * kWidth : cols;
    for (int64_t r = 0; r < rows; ++r) {
      const Scalar* from = dy + r * cols;
      Scalar* to = dx + indices[r] * cols;
      for (int64_t j = begin * kWidth; j < last; ++j) to[j] += from[j];
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
