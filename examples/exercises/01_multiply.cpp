// Exercise 1: a product
//
//   computed   y = a b, element by element
//   given      dy, and a and b as they were                 dy, a, b [n, c]
//   wanted     da = ∂loss/∂a and db = ∂loss/∂b              both [n, c]
//
// The smallest chain rule there is. When one a moves a little, how far does its y move? And when that y moves, how far
// does the loss? dy answers the second question; you answer the first.
#include <gradus/examples/exercises/exercises.h>

namespace gradus::exercises {

Gradients2 multiply_backward(const Tensor& dy, const Tensor& a, const Tensor& b) {
  Tensor da, db;
  // Your lines here.

  return {da, db};
}

}  // namespace gradus::exercises
