// Exercise 9: a product of matrices
//
//   computed   y = x w, that is y_ij = Σ_k x_ik w_kj        x [n, k], w [k, m], y [n, m]
//   given      dy [n, m], x, w
//   wanted     dx = ∂loss/∂x [n, k] and dw = ∂loss/∂w [k, m]
//
// Ask of one x_ik which y it is part of and with which factor, and add over those. Then look at the sum you got: it is
// a product of matrices again. The shapes leave few ways to write it.
#include <gradus/examples/exercises/exercises.h>

namespace gradus::exercises {

Gradients2 matmul_backward(const Tensor& dy, const Tensor& x, const Tensor& w) {
  Tensor dx, dw;
  // Your lines here.

  return {dx, dw};
}

}  // namespace gradus::exercises
