// Exercise 10: the mean squared error
//
//   computed   loss = 1/N Σ_ij (y_ij - target_ij)²          y, target [n, c], loss [] (one number), N = n c
//   given      dloss [], y, target
//   wanted     dy = ∂(final loss)/∂y                        [n, c]
//
// dloss is 1 where this is the end of the computation, but a loss may be weighted and added to others: use it.
#include <gradus/examples/exercises/exercises.h>

namespace gradus::exercises {

Tensor mse_backward(const Tensor& dloss, const Tensor& y, const Tensor& target) {
  Tensor dy;
  // Your lines here.

  return dy;
}

}  // namespace gradus::exercises
