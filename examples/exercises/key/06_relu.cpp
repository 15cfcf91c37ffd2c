#include <gradus/examples/exercises/key/tables.h>

namespace gradus::exercises {

// The slope is 1 where x > 0, else 0.
static Tensor solve_relu(const Tensor& dy, const Tensor& x) {
  Tensor dx = Tensor::zeros(x.shape());
  for (std::size_t i = 0; i < x.values().size(); ++i) {
    if (x.values()[i] > 0) dx.mutable_values()[i] = dy.values()[i];
  }
  return dx;
}

// dx from dy and x, element by element.
template <class F>
static Tensor by_element(const Tensor& dy, const Tensor& x, F f) {
  Tensor dx = dy;
  for (std::size_t i = 0; i < x.values().size(); ++i) dx.mutable_values()[i] = f(dy.values()[i], x.values()[i]);
  return dx;
}

Exercise relu_exercise() {
  Exercise e = {
      .name = "relu",
      .question = "What does an operation pass on that lets some numbers through and stops others?",
      .operands = {"dy", "x"},
      .outputs = {{"dx", 1}},
      .cases = random_cases({"nc", "nc"}),
      .answer = relu_backward,
      .solution = solve_relu,
      .loss = [](In in) { return sum(relu(in[1]) * in[0]); },
  };
  e.cases[1].operands[1].set({2, 1}, 0);
  e.cases[1].inputs = e.cases[1].operands;
  e.mistakes = {
      {"dx", "right but at x = 0, where the slope is taken to be 0",
       [](T dy, T x) { return by_element(dy, x, [](Scalar g, Scalar v) { return v >= 0 ? g : 0; }); }},
      {"dx", "passed on where x is negative too: the mask is missing", [](T dy, T x) { return dy; }},
      {"dx", "the mask is upside down: passed on where x is negative",
       [](T dy, T x) { return by_element(dy, x, [](Scalar g, Scalar v) { return v < 0 ? g : 0; }); }},
      {"dx", "the mask is upside down: passed on where x is not positive",
       [](T dy, T x) { return by_element(dy, x, [](Scalar g, Scalar v) { return v <= 0 ? g : 0; }); }},
      {"dx", "multiplied by y instead of y's slope", [](T dy, T x) { return dy * relu(x); }},
      {"dx", "dy itself was rectified: the mask depends on the sign of x, not of dy",
       [](T dy, T x) { return relu(dy); }},
      {"dx", "masked by the sign of dy in addition to that of x",
       [](T dy, T x) { return by_element(dy, x, [](Scalar g, Scalar v) { return v > 0 && g > 0 ? g : 0; }); }},
      {"dx", "the sign of dy is lost",
       [](T dy, T x) { return by_element(dy, x, [](Scalar g, Scalar v) { return v > 0 ? std::abs(g) : 0; }); }},
      {"dx", "-dy where x is negative: that is the backward of |x|",
       [](T dy, T x) { return by_element(dy, x, [](Scalar g, Scalar v) { return v < 0   ? -g
                                                                                : v > 0 ? g
                                                                                        : 0; }); }},
      {"dx", "only one element is not 0: is the return inside the loop?",
       [](T dy, T x) {
         Tensor dx = Tensor::zeros(x.shape());
         if (x.values()[0] > 0) dx.mutable_values()[0] = dy.values()[0];
         return dx;
       }},
  };
  return e;
}

}  // namespace gradus::exercises
