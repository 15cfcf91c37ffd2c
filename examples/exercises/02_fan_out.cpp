// Exercise 2: one value used twice
//
//   computed   u = a b and v = a c, element by element      both go on to the loss, each on a way of its own
//   given      du = ∂loss/∂u, dv = ∂loss/∂v, and b and c    all [n, c]
//   wanted     da = ∂loss/∂a                                [n, c]
//
// When a moves, u and v both move, and the loss hears of it twice. The chain rule in several variables says what
// becomes of the two messages. Forgetting it is the most frequent mistake in a first framework.
#include <gradus/examples/exercises/exercises.h>

namespace gradus::exercises {

Tensor fan_out_backward(const Tensor& du, const Tensor& dv, const Tensor& b, const Tensor& c) {
  Tensor da;
  // Your lines here.

  return da;
}

}  // namespace gradus::exercises
