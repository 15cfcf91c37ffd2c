#include <gradus/examples/exercises/solutions/solutions.h>

namespace gradus::exercises::solutions {

// Equation 10 of layers/batch_norm.md along the other axis; gamma differs within a row, so it stays with dy.
Gradients3 layer_norm_backward(const Tensor& dy, const Tensor& xhat, const Tensor& s, const Tensor& gamma) {
  const Tensor dxhat = dy * gamma;
  const Tensor dx = s * (dxhat - mean(dxhat, {1}, Reduced::kept) - xhat * mean(dxhat * xhat, {1}, Reduced::kept));
  const Tensor dgamma = sum(dy * xhat, {0});
  const Tensor dbeta = sum(dy, {0});
  return {dx, dgamma, dbeta};
}

}  // namespace gradus::exercises::solutions
