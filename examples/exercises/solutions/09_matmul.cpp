#include <gradus/examples/exercises/solutions/solutions.h>

namespace gradus::exercises::solutions {

// x_ik is part of y_ij for every j, with the factor w_kj: dx_ik = Σ_j dy_ij w_kj, the product of dy and w transposed.
// w_kj is part of y_ij for every i, with the factor x_ik: dw_kj = Σ_i x_ik dy_ij.
Gradients2 matmul_backward(const Tensor& dy, const Tensor& x, const Tensor& w) {
  const Tensor dx = matmul(dy, transpose(w));
  const Tensor dw = matmul(transpose(x), dy);
  return {dx, dw};
}

}  // namespace gradus::exercises::solutions
