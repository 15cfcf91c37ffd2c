#include <gradus/examples/exercises/mistakes/tables.h>

namespace gradus::exercises {

Exercise multiply_exercise() {
  std::vector<Case> cases;
  for (const Shape& shape : {Shape{4, 3}, Shape{5, 2}}) {
    const std::vector<Tensor> dy_a_b = normal_tensors({shape, shape, shape});
    cases.push_back({dy_a_b, dy_a_b});
  }
  return {
      .name = "multiply",
      .question = "What does a product pass on to each of its factors?",
      .operands = {"dy", "a", "b"},
      .outputs = {{"da", 1}, {"db", 2}},
      .cases = cases,
      .answer = multiply_backward,
      .solution = solutions::multiply_backward,
      .mistakes =
          {
              {"da", "multiplied by a, which is not what y changes by when a moves",
               [](T dy, T a, T b) { return dy * a; }},
              {"db", "multiplied by b, which is not what y changes by when b moves",
               [](T dy, T a, T b) { return dy * b; }},
              {"da", "multiplied by both factors: the product is not its own slope",
               [](T dy, T a, T b) { return dy * a * b; }},
              {"db", "multiplied by both factors: the product is not its own slope",
               [](T dy, T a, T b) { return dy * a * b; }},
              {"da", "what arrives was added where the chain rule multiplies", [](T dy, T a, T b) { return dy + b; }},
              {"db", "what arrives was added where the chain rule multiplies", [](T dy, T a, T b) { return dy + a; }},
              {"da", "dy passed on unchanged: that is the backward of a sum", [](T dy, T a, T b) { return dy; }},
              {"db", "dy passed on unchanged: that is the backward of a sum", [](T dy, T a, T b) { return dy; }},
          },
      .loss = [](const std::vector<Variable>& in) { return sum(in[1] * in[2] * in[0]); },
  };
}

}  // namespace gradus::exercises
