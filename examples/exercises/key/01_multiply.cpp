#include <gradus/examples/exercises/key/tables.h>

namespace gradus::exercises {

// da_i = dy_i ∂y_i/∂a_i = dy_i b_i, and likewise for b.
static Gradients2 solve_multiply(const Tensor& dy, const Tensor& a, const Tensor& b) {
  const Tensor da = dy * b;
  const Tensor db = dy * a;
  return {da, db};
}

Exercise multiply_exercise() {
  Exercise e = {
      .name = "multiply",
      .question = "What does a product pass on to each of its factors?",
      .operands = {"dy", "a", "b"},
      .outputs = {{"da", 1}, {"db", 2}},
      .cases = random_cases({"nc", "nc", "nc"}),
      .answer = multiply_backward,
      .solution = solve_multiply,
      .loss = [](In in) { return sum(in[1] * in[2] * in[0]); },
  };
  e.mistakes = {
      {"da", "multiplied by a, which is not what y changes by when a moves", [](T dy, T a, T b) { return dy * a; }},
      {"db", "multiplied by b, which is not what y changes by when b moves", [](T dy, T a, T b) { return dy * b; }},
      {"da", "multiplied by both factors: the product is not its own slope", [](T dy, T a, T b) { return dy * a * b; }},
      {"db", "multiplied by both factors: the product is not its own slope", [](T dy, T a, T b) { return dy * a * b; }},
      {"da", "what arrives was added where the chain rule multiplies", [](T dy, T a, T b) { return dy + b; }},
      {"db", "what arrives was added where the chain rule multiplies", [](T dy, T a, T b) { return dy + a; }},
      {"da", "dy passed on unchanged: that is the backward of a sum", [](T dy, T a, T b) { return dy; }},
      {"db", "dy passed on unchanged: that is the backward of a sum", [](T dy, T a, T b) { return dy; }},
  };
  return e;
}

}  // namespace gradus::exercises
