// Exercise 8: a transposition
//
//   computed   y_ji = x_ij                                  x [n, c], y [c, n]
//   given      dy [c, n]
//   wanted     dx = ∂loss/∂x                                [n, c]
//
// Nothing is computed here, things only move. The backward has to bring each element of dy back to where its x came
// from; two ways give the right shape, and one of them the right places.
#include <gradus/examples/exercises/exercises.h>

namespace gradus::exercises {

Tensor transpose_backward(const Tensor& dy) {
  Tensor dx;
  // Your lines here.

  return dx;
}

}  // namespace gradus::exercises
