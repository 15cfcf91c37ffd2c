#include <gradus/examples/exercises/solutions/solutions.h>

namespace gradus::exercises::solutions {

// ∂y/∂x_ij = 1 for every element.
Tensor sum_backward(const Tensor& dy, const Tensor& x) { return broadcast_to(dy, x.shape()); }

}  // namespace gradus::exercises::solutions
