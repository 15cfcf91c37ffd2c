// Exercise 16: batch normalization in one line
//
//   computed   as in exercise 15
//   given      dy [m, c], xhat [m, c], s [c], gamma [c]
//   wanted     dx [m, c], dgamma [c], dbeta [c]
//
// Put the stages of exercise 15 into each other until mu and variance have no gradients of their own; neither x nor mu
// is given, so xhat has to do. layers/batch_norm.md derives it in ten equations; try to get there before you look.
#include <gradus/examples/exercises/exercises.h>

namespace gradus::exercises {

Gradients3 batch_norm_backward(const Tensor& dy, const Tensor& xhat, const Tensor& s, const Tensor& gamma) {
  Tensor dx, dgamma, dbeta;
  // Your lines here.

  return {dx, dgamma, dbeta};
}

}  // namespace gradus::exercises
