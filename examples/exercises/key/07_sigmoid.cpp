#include <gradus/examples/exercises/key/tables.h>

namespace gradus::exercises {

// dy/dx = e^-x / (1 + e^-x)² = y (1 - y).
static Tensor solve_sigmoid(const Tensor& dy, const Tensor& y) { return dy * y * (1 - y); }

Exercise sigmoid_exercise() {
  Exercise e = {
      .name = "sigmoid",
      .question = "How can a slope be had from the result alone?",
      .operands = {"dy", "y"},
      .outputs = {{"dx", 1}},
      .cases = random_cases({"nc", "nc"}),
      .answer = sigmoid_backward,
      .solution = solve_sigmoid,
      .loss = [](In in) { return sum(sigmoid(in[1]) * in[0]); },
  };
  for (Case& c : e.cases) c.operands[1] = sigmoid(c.operands[1]);
  e.mistakes = {
      {"dx", "dy (1 - y²) is the backward of tanh", [](T dy, T y) { return dy * (1 - y * y); }},
      {"dx", "the factor 1 - y is missing", [](T dy, T y) { return dy * y; }},
      {"dx", "the factor y is missing", [](T dy, T y) { return dy * (1 - y); }},
      {"dx", "the sigmoid was taken once more: y is its result already",
       [](T dy, T y) {
         const Tensor z = sigmoid(y);
         return dy * z * (1 - z);
       }},
      {"dx", "1 + y where it should be another sign", [](T dy, T y) { return dy * y * (1 + y); }},
      {"dx", "dy is inside of the bracket: it multiplies the whole slope", [](T dy, T y) { return y * (1 - y * dy); }},
      {"dx", "dy passed on unchanged: the slope is missing", [](T dy, T y) { return dy; }},
  };
  return e;
}

}  // namespace gradus::exercises
