#include <gradus/examples/exercises/solutions/solutions.h>

namespace gradus::exercises::solutions {

// Equations 10, S5 and S6 of layers/batch_norm.md.
Gradients3 batch_norm_backward(const Tensor& dy, const Tensor& xhat, const Tensor& s, const Tensor& gamma) {
  const Tensor dx = gamma * s * (dy - mean(dy, {0}) - xhat * mean(dy * xhat, {0}));
  const Tensor dgamma = sum(dy * xhat, {0});
  const Tensor dbeta = sum(dy, {0});
  return {dx, dgamma, dbeta};
}

}  // namespace gradus::exercises::solutions
