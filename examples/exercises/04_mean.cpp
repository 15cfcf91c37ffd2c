// Exercise 4: a mean along one axis
//
//   computed   y_i = 1/c Σ_j x_ij                           x [n, c], y [n]: the mean of each row
//   given      dy [n], and x
//   wanted     dx = ∂loss/∂x                                [n, c]
//
// Each x_ij has a part in one of the y only. Mind how dy [n] has to lie before it fits beside x [n, c]: broadcasting
// aligns shapes at the last axis.
#include <gradus/examples/exercises/exercises.h>

namespace gradus::exercises {

Tensor mean_backward(const Tensor& dy, const Tensor& x) {
  Tensor dx;
  // Your lines here.

  return dx;
}

}  // namespace gradus::exercises
