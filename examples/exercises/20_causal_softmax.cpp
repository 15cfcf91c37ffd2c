// Exercise 20: the weights of attention
//
//   computed   y_ij = e^(x_ij / √d) / Σ_(k ≤ i) e^(x_ik / √d)   for j ≤ i, and 0 for j > i: a word looks at itself and
//   at
//                                                                those before it, never ahead
//   given      dy and y, both [t, t], and the width d
//   wanted     dx = ∂loss/∂x                                     [t, t]
//
// What does y_ij depend on where j > i, and what does the loss get from x_ij there? The rest is exercise 12, and a
// factor.
#include <gradus/examples/exercises/exercises.h>

namespace gradus::exercises {

Tensor causal_softmax_backward(const Tensor& dy, const Tensor& y, Scalar d) {
  Tensor dx;
  // Your lines here.

  return dx;
}

}  // namespace gradus::exercises
