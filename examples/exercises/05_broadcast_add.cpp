// Exercise 5: a bias is added to every row
//
//   computed   y_ij = x_ij + b_j                            x [n, c], b [c]: b is broadcast over the rows
//   given      dy [n, c], x, b
//   wanted     dx = ∂loss/∂x [n, c] and db = ∂loss/∂b [c]
//
// One b_j is used in n places: exercise 2 once more, with n paths instead of two.
#include <gradus/examples/exercises/exercises.h>

namespace gradus::exercises {

Gradients2 broadcast_add_backward(const Tensor& dy, const Tensor& x, const Tensor& b) {
  Tensor dx, db;
  // Your lines here.

  return {dx, db};
}

}  // namespace gradus::exercises
