#include <gradus/examples/exercises/key/tables.h>

namespace gradus::exercises {
namespace {

// dx from dy and x, element by element.
Backward by_element(Scalar (*f)(Scalar g, Scalar v)) {
  return Backward([f](const Case& numbers) {
    Tensor dx = numbers.operands[0];
    const auto x = numbers.operands[1].values();
    for (std::size_t i = 0; i < x.size(); ++i) dx.mutable_values()[i] = f(dx.values()[i], x[i]);
    return Tensors{dx};
  });
}

}  // namespace

Exercise relu_exercise() {
  std::vector<Case> cases = random_cases({{{4, 3}, {4, 3}}, {{5, 2}, {5, 2}}});
  cases[1].operands[1].set({2, 1}, 0);
  cases[1].inputs = cases[1].operands;
  return {
      .name = "relu",
      .question = "What does an operation pass on that lets some numbers through and stops others?",
      .operands = {"dy", "x"},
      .outputs = {{"dx", 1}},
      .cases = cases,
      .answer = relu_backward,
      // The slope is 1 where x > 0, else 0.
      .solution = by_element([](Scalar g, Scalar v) { return v > 0 ? g : 0; }),
      .mistakes =
          {
              {"dx", "right but at x = 0, where the slope is taken to be 0",
               by_element([](Scalar g, Scalar v) { return v >= 0 ? g : 0; })},
              {"dx", "passed on where x is negative too: the mask is missing", [](T dy, T x) { return dy; }},
              {"dx", "the mask is upside down: passed on where x is negative",
               by_element([](Scalar g, Scalar v) { return v < 0 ? g : 0; })},
              {"dx", "the mask is upside down: passed on where x is not positive",
               by_element([](Scalar g, Scalar v) { return v <= 0 ? g : 0; })},
              {"dx", "multiplied by y instead of y's slope", [](T dy, T x) { return dy * relu(x); }},
              {"dx", "dy itself was rectified: the mask depends on the sign of x, not of dy",
               [](T dy, T x) { return relu(dy); }},
              {"dx", "masked by the sign of dy in addition to that of x",
               by_element([](Scalar g, Scalar v) { return v > 0 && g > 0 ? g : 0; })},
              {"dx", "the sign of dy is lost", by_element([](Scalar g, Scalar v) { return v > 0 ? std::abs(g) : 0; })},
              {"dx", "-dy where x is negative: that is the backward of |x|", by_element([](Scalar g, Scalar v) {
                 return v > 0 ? g : v < 0 ? -g : 0;
               })},
              {"dx", "only one element is not 0: is the return inside the loop?",
               [](T dy, T x) {
                 Tensor dx = Tensor::zeros(x.shape());
                 if (x.values()[0] > 0) dx.mutable_values()[0] = dy.values()[0];
                 return dx;
               }},
          },
      .loss = [](V in) { return sum(relu(in[1]) * in[0]); },
  };
}

}  // namespace gradus::exercises
