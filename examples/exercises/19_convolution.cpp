// Exercise 19: the filter of a convolution
//
//   computed   y_pq = Σ_r Σ_s x_(p + r)(q + s) w_rs         x [h, w], w [r, s]: the filter at every place where it
//   fits,
//                                                           so y is [h - r + 1, w - s + 1]
//   given      dy, x and w
//   wanted     dw = ∂loss/∂w                                [r, s]
//
// One number of the filter is used at every place. Which x does it meet at place p, q? Then exercise 2.
#include <gradus/examples/exercises/exercises.h>

namespace gradus::exercises {

Tensor convolution_backward(const Tensor& dy, const Tensor& x, const Tensor& w) {
  Tensor dw;
  // Your lines here.

  return dw;
}

}  // namespace gradus::exercises
