#include <gradus/examples/exercises/solutions/solutions.h>

namespace gradus::exercises::solutions {

// The loss depends on a by u and by v: what comes back along the two ways is added.
Tensor fan_out_backward(const Tensor& du, const Tensor& dv, const Tensor& b, const Tensor& c) {
  return du * b + dv * c;
}

}  // namespace gradus::exercises::solutions
