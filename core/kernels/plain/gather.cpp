// Rows picked by index.
//
//   y[r, j] = x[indices[r], j]        dx[i, j] = sum of dy[r, j] over all r with indices[r] = i
#include <gradus/core/kernels/kernels.h>

#include <vector>

namespace gradus::kernels::plain {

void gather(int64_t rows, int64_t cols, const Scalar* x, const int32_t* indices, Scalar* y) {
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t j = 0; j < cols; ++j) y[r * cols + j] = x[indices[r] * cols + j];
}

void scatter_add(int64_t rows, int64_t cols, int64_t entries, const Scalar* dy, const int32_t* indices, Scalar* dx) {
  std::vector<double> sums(dx, dx + entries * cols);
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t j = 0; j < cols; ++j) sums[static_cast<std::size_t>(indices[r] * cols + j)] += dy[r * cols + j];
  for (int64_t k = 0; k < entries * cols; ++k) dx[k] = static_cast<Scalar>(sums[static_cast<std::size_t>(k)]);
}

void gather_bytes(int64_t rows, int64_t cols, const uint8_t* x, const int32_t* indices, Scalar divisor, Scalar* y) {
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t j = 0; j < cols; ++j) y[r * cols + j] = x[indices[r] * cols + j] / divisor;
}

}  // namespace gradus::kernels::plain
