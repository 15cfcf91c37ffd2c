// Sums and maxima along the middle dimension of x [outer, count, inner].
//
//   y[o, i] = sum_r x[o, r, i]        y[o, i] = max_r x[o, r, i]
#include <gradus/core/kernels/kernels.h>

#include <limits>

namespace gradus::kernels::plain {

void sum(int64_t outer, int64_t count, int64_t inner, const Scalar* x, Scalar* y) {
  for (int64_t o = 0; o < outer; ++o) {
    for (int64_t i = 0; i < inner; ++i) {
      double total = 0;
      for (int64_t r = 0; r < count; ++r) total += x[(o * count + r) * inner + i];
      y[o * inner + i] = Scalar(total);
    }
  }
}

void max(int64_t outer, int64_t count, int64_t inner, const Scalar* x, Scalar* y) {
  for (int64_t o = 0; o < outer; ++o) {
    for (int64_t i = 0; i < inner; ++i) {
      Scalar largest = -std::numeric_limits<Scalar>::infinity();
      for (int64_t r = 0; r < count; ++r) {
        const Scalar value = x[(o * count + r) * inner + i];
        if (value > largest || value != value) largest = value;  // only NaN differs from itself
      }
      y[o * inner + i] = largest;
    }
  }
}

}  // namespace gradus::kernels::plain
