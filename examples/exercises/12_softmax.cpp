// Exercise 12: softmax, from its result
//
//   computed   y_ij = e^x_ij / Σ_k e^x_ik                   x, y [n, c]: each row becomes probabilities
//   given      dy and y                                     both [n, c]
//   wanted     dx = ∂loss/∂x                                [n, c]
//
// Here every x of a row reaches every y of that row. Work out ∂y_k/∂x_j for k = j and for k ≠ j, then sum over k; what
// does not depend on k may leave the sum. Rows have nothing to do with each other.
#include <gradus/examples/exercises/exercises.h>

namespace gradus::exercises {

Tensor softmax_backward(const Tensor& dy, const Tensor& y) {
  Tensor dx;
  // Your lines here.

  return dx;
}

}  // namespace gradus::exercises
