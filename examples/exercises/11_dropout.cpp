// Exercise 11: dropout, with the mask that was drawn
//
//   computed   y = x mask / (1 - p)                         mask_ij is 0 with probability p, else 1
//   given      dy, mask, p (a number)                       dy, mask [n, c]
//   wanted     dx = ∂loss/∂x                                [n, c]
//
// The random draw is over; for the backward the mask is a constant like any other.
#include <gradus/examples/exercises/exercises.h>

namespace gradus::exercises {

Tensor dropout_backward(const Tensor& dy, const Tensor& mask, Scalar p) {
  Tensor dx;
  // Your lines here.

  return dx;
}

}  // namespace gradus::exercises
