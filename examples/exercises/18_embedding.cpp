// Exercise 18: embedding
//
//   computed   y_i = w[token_i]                             y [n, c]: row i is the row of w that token i chooses
//   given      dy [n, c], tokens [n] (whole numbers from 0 to v - 1), w [v, c]
//   wanted     dw = ∂loss/∂w                                [v, c]
//
// A row may be chosen several times, and another never. (static_cast<std::int64_t>(tokens.at({i})) is a number to index
// with.)
#include <gradus/examples/exercises/exercises.h>

namespace gradus::exercises {

Tensor embedding_backward(const Tensor& dy, const Tensor& tokens, const Tensor& w) {
  Tensor dw;
  // Your lines here.

  return dw;
}

}  // namespace gradus::exercises
