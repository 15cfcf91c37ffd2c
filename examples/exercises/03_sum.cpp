// Exercise 3: a sum of everything
//
//   computed   y = Σ_ij x_ij                                x [n, c], y [] (one number)
//   given      dy [], and x
//   wanted     dx = ∂loss/∂x                                [n, c]
//
// How much of y is due to one more of a single x_ij? A gradient always has the shape of what it is the gradient of, so
// dx has to be larger than dy.
#include <gradus/examples/exercises/exercises.h>

namespace gradus::exercises {

Tensor sum_backward(const Tensor& dy, const Tensor& x) {
  Tensor dx;
  // Your lines here.

  return dx;
}

}  // namespace gradus::exercises
