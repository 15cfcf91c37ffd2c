#include <gradus/examples/exercises/solutions/solutions.h>

namespace gradus::exercises::solutions {

// Equations S1 to S6 of layers/batch_norm.md. (variance + eps)^(-3/2) is s³.
Gradients6 staged_batch_norm_backward(const Tensor& dy, const Tensor& x, const Tensor& mu, const Tensor& s,
                                      const Tensor& gamma) {
  const Scalar m = static_cast<Scalar>(x.size(0));
  const Tensor deviation = x - mu;
  const Tensor dxhat = dy * gamma;                                                    // (S1)
  const Tensor dvariance = -0.5 * pow(s, 3) * sum(dxhat * deviation, {0});            // (S2)
  const Tensor dmu = -s * sum(dxhat, {0}) - dvariance * 2 / m * sum(deviation, {0});  // (S3): the last sum is 0
  const Tensor dx = dxhat * s + dmu / m + dvariance * 2 / m * deviation;              // (S4)
  const Tensor dgamma = sum(dy * deviation * s, {0});                                 // (S5)
  const Tensor dbeta = sum(dy, {0});                                                  // (S6)
  return {dxhat, dvariance, dmu, dx, dgamma, dbeta};
}

}  // namespace gradus::exercises::solutions
