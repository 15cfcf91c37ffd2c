#include <gradus/examples/exercises/solutions/solutions.h>

namespace gradus::exercises::solutions {

// ∂y_k/∂x_j = y_k (1[k = j] - y_j), so dx_j = Σ_k dy_k y_k (1[k = j] - y_j) = y_j (dy_j - Σ_k dy_k y_k).
Tensor softmax_backward(const Tensor& dy, const Tensor& y) { return y * (dy - sum(dy * y, {1}, Reduced::kept)); }

}  // namespace gradus::exercises::solutions
