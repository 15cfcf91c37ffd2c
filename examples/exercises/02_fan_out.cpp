// Exercise 2: one value used twice
//
//   computed   u = a b and v = a c, element by element      both go on to the loss, each by its own path
//   given      du = ∂loss/∂u, dv = ∂loss/∂v, and b and c    all [n, c]
//   wanted     da = ∂loss/∂a                                [n, c]
//
// When a moves, u and v both move, and each moves the loss. The chain rule in several variables says how the
// two effects combine. Getting this wrong is the most common mistake in a first framework.
#include <gradus/examples/exercises/exercises.h>

namespace gradus::exercises {

Tensor fan_out_backward(const Tensor& du, const Tensor& dv, const Tensor& b, const Tensor& c) {
  Tensor da;
  // Your lines here.

  return da;
}

}  // namespace gradus::exercises
