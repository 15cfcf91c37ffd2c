// Exercise 21: the derivation of exercise 16, line by line
//
//   computed   as in exercise 15
//   given      to each line what it may be written with: all [m, c] or, of a column, [c]; eps is a number
//   wanted     dx [m, c] by every line
//
// Each line is the one before it, rewritten, so all of them have the same value: the grader evaluates each on random
// batches and says which is the first that does not hold. i is the sample whose gradient is wanted, k runs over those
// that it has an influence on: Σ_k is sum(..., {0}), and what carries the letter i stays outside of it.
#include <gradus/examples/exercises/exercises.h>

namespace gradus::exercises {

// The template: x_i reaches the loss by its own xhat_i, by the mean, by the mean and the variance, and by the variance.
// Along a route derivatives are multiplied; routes are added. They are all here, in Partials; nothing is put in yet.
Tensor derivation_line_1(const Partials& p) {
  Tensor dx;
  // Your lines here.

  return dx;
}

// Every partial derivative put in. Work each out from exercise 15's formulas; the mean's derivative of the variance is
// a sum of its own, nested in the sum over k.
Tensor derivation_line_2(const Tensor& dy, const Tensor& x, const Tensor& mu, const Tensor& variance, Scalar eps,
                         const Tensor& gamma) {
  Tensor dx;
  // Your lines here.

  return dx;
}

// Every power of variance + eps written in s = (variance + eps)^(-1/2).
Tensor derivation_line_3(const Tensor& dy, const Tensor& x, const Tensor& mu, const Tensor& s, const Tensor& gamma) {
  Tensor dx;
  // Your lines here.

  return dx;
}

// The nested sum Σ_j (x_j - mu) distributed: Σ_j x_j - m mu.
Tensor derivation_line_4(const Tensor& dy, const Tensor& x, const Tensor& mu, const Tensor& s, const Tensor& gamma) {
  Tensor dx;
  // Your lines here.

  return dx;
}

// Its 1/m taken inside: both parts are mu.
Tensor derivation_line_5(const Tensor& dy, const Tensor& x, const Tensor& mu, const Tensor& s, const Tensor& gamma) {
  Tensor dx;
  // Your lines here.

  return dx;
}

// What is multiplied by zero dropped. Three terms are left.
Tensor derivation_line_6(const Tensor& dy, const Tensor& x, const Tensor& mu, const Tensor& s, const Tensor& gamma) {
  Tensor dx;
  // Your lines here.

  return dx;
}

// Of the three factors s in the last term one given to each deviation: (x_i - mu) s and (x_k - mu) s.
Tensor derivation_line_7(const Tensor& dy, const Tensor& x, const Tensor& mu, const Tensor& s, const Tensor& gamma) {
  Tensor dx;
  // Your lines here.

  return dx;
}

// What does not depend on k taken out of the sums.
Tensor derivation_line_8(const Tensor& dy, const Tensor& x, const Tensor& mu, const Tensor& s, const Tensor& gamma) {
  Tensor dx;
  // Your lines here.

  return dx;
}

// A deviation times s is xhat.
Tensor derivation_line_9(const Tensor& dy, const Tensor& xhat, const Tensor& s, const Tensor& gamma) {
  Tensor dx;
  // Your lines here.

  return dx;
}

// What the three terms share taken out of them.
Tensor derivation_line_10(const Tensor& dy, const Tensor& xhat, const Tensor& s, const Tensor& gamma) {
  Tensor dx;
  // Your lines here.

  return dx;
}

}  // namespace gradus::exercises
