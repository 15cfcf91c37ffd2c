#include <gradus/examples/exercises/solutions/solutions.h>

namespace gradus::exercises::solutions {

// dy/dx = e^-x / (1 + e^-x)² = y (1 - y).
Tensor sigmoid_backward(const Tensor& dy, const Tensor& y) { return dy * y * (1 - y); }

}  // namespace gradus::exercises::solutions
