// Exercise 15: batch normalization, stage by stage
//
//   computed   for each column of x [m, c] by itself:
//              mu = 1/m Σ_k x_k,  variance = 1/m Σ_k (x_k - mu)²,  s = (variance + eps)^(-1/2),
//              xhat_k = (x_k - mu) s,  y_k = gamma xhat_k + beta
//   given      dy [m, c], x [m, c], mu [c], s [c], gamma [c]
//   wanted     dxhat [m, c], dvariance [c], dmu [c], dx [m, c], dgamma [c], dbeta [c]
//
// Walk the five formulas backwards and keep the gradient of each intermediate value. Count the paths out of each before
// you write it down: the variance goes to every xhat; mu to every xhat and to the variance; an x to its xhat, to mu and
// to the variance. The stages are graded one after another.
#include <gradus/examples/exercises/exercises.h>

namespace gradus::exercises {

Gradients6 staged_batch_norm_backward(const Tensor& dy, const Tensor& x, const Tensor& mu, const Tensor& s,
                                      const Tensor& gamma) {
  Tensor dxhat, dvariance, dmu, dx, dgamma, dbeta;
  // Your lines here.

  return {dxhat, dvariance, dmu, dx, dgamma, dbeta};
}

}  // namespace gradus::exercises
