// A batch of images: rows picked by index, bytes turned into numbers and scaled, in one go.
//
//   y[r, j] = images[indices[r], j] / divisor
//
// A real division, since multiplying by 1 / divisor misses the nearest number for some bytes.
#include <gradus/core/kernels/elements.h>
#include <gradus/core/kernels/vector.h>

namespace gradus::kernels::GRADUS_LEVEL {

void gather_bytes(int64_t rows, int64_t cols, const uint8_t* images, const int32_t* indices, Scalar divisor,
                  Scalar* y) {
  parallel_for(rows, kElementsPerThread / (cols + 1) + 1, [=](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const uint8_t* image = images + indices[r] * cols;
      Scalar* row = y + r * cols;
      for (int64_t j = 0; j < cols; ++j) row[j] = static_cast<Scalar>(image[j]) / divisor;
    }
  });
}

}  // namespace gradus::kernels::GRADUS_LEVEL
