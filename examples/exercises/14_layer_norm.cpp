// Exercise 14: layer normalization
//
//   computed   for each row of x [n, c] by itself:
//              mu = 1/c Σ_j x_j,  variance = 1/c Σ_j (x_j - mu)²,  s = (variance + eps)^(-1/2),
//              xhat_j = (x_j - mu) s,  y_j = gamma_j xhat_j + beta_j
//   given      dy [n, c], xhat [n, c], s [n, 1], gamma [c]
//   wanted     dx [n, c], dgamma [c], dbeta [c]
//
// Every x of a row reaches every xhat of the row: directly, by mu and by s. Begin with dxhat. That xhat has mean 0 and
// Σ_j xhat_j² = c (but for eps) makes the result short; layers/batch_norm.md goes the same way along the other axis.
// gamma and beta are shared by all rows: exercise 5.
#include <gradus/examples/exercises/exercises.h>

namespace gradus::exercises {

Gradients3 layer_norm_backward(const Tensor& dy, const Tensor& xhat, const Tensor& s, const Tensor& gamma) {
  Tensor dx, dgamma, dbeta;
  // Your lines here.

  return {dx, dgamma, dbeta};
}

}  // namespace gradus::exercises
