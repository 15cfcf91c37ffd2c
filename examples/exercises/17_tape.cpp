// Exercise 17: backpropagation itself
//
//   computed   line 0, line 1, ... of a tape, each one number made from up to two earlier lines; the last is the loss
//   given      for each line its operands' numbers (-1: none) and its derivatives with respect to them (NaN: none)
//   wanted     grad [lines]: grad_i = ∂(last line)/∂(line i)
//
// For example y = a + a with a on line 0 is Line{.left = 0, .right = 0, .d_left = 1, .d_right = 1}. The gradient of a
// line is complete when every line that used it has passed its share on. In which order do you walk the tape so that
// this is always so? What is the gradient of the last line? No recursion is needed: one loop.
#include <gradus/examples/exercises/exercises.h>

namespace gradus::exercises {

Tensor tape_backward(const std::vector<Line>& tape) {
  Tensor grad;
  // Your lines here.

  return grad;
}

}  // namespace gradus::exercises
