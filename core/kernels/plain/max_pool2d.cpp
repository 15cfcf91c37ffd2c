// Max pooling: the largest of each window.
//
//   y[p, q] = max of x[p stride + r, q stride + s] over r, s         where[p, q] = at which of them it stands
//   dx[i] = sum of dy[p, q] over the windows with where[p, q] = i    else 0
//
// The first NaN of a window counts as its largest.
#include <gradus/core/kernels/kernels.h>

namespace gradus::kernels::plain {

void max_pool2d(const Conv2d& size, const Scalar* x, Scalar* y, int32_t* where) {
  for (int64_t image = 0; image < size.n * size.c; ++image, x += size.h * size.w)
    for (int64_t p = 0; p < size.p(); ++p)
      for (int64_t q = 0; q < size.q(); ++q) {
        int64_t largest = p * size.stride * size.w + q * size.stride;
        for (int64_t r = 0; r < size.r; ++r)
          for (int64_t s = 0; s < size.s; ++s) {
            const int64_t i = (p * size.stride + r) * size.w + q * size.stride + s;
            const bool larger = !(x[i] <= x[largest]);  // or NaN; and of equal ones the first stays
            if (larger && x[largest] == x[largest]) largest = i;
          }
        *y++ = x[largest];
        *where++ = int32_t(largest);
      }
}

void max_pool2d_backward(const Conv2d& size, const Scalar* dy, const int32_t* where, Scalar* dx) {
  const int64_t plane = size.h * size.w, outputs = size.p() * size.q();
  for (int64_t i = 0; i < size.n * size.c * plane; ++i) dx[i] = 0;
  for (int64_t image = 0; image < size.n * size.c; ++image, dx += plane)
    for (int64_t o = 0; o < outputs; ++o) dx[*where++] += *dy++;
}

}  // namespace gradus::kernels::plain
