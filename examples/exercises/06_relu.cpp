// Exercise 6: a rectifier
//
//   computed   y = max(x, 0), element by element
//   given      dy and x                                     both [n, c]
//   wanted     dx = ∂loss/∂x                                [n, c]
//
// At x = 0 there is no derivative. By convention it is taken to be 0. There is no operation on tensors for
// "where x is positive": set dx = dy, then write a loop over the elements of x.values() and dx.mutable_values().
#include <gradus/examples/exercises/exercises.h>

namespace gradus::exercises {

Tensor relu_backward(const Tensor& dy, const Tensor& x) {
  Tensor dx;
  // Your lines here.

  return dx;
}

}  // namespace gradus::exercises
