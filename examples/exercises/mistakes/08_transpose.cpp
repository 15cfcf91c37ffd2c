#include <gradus/examples/exercises/mistakes/tables.h>

namespace gradus::exercises {

Exercise transpose_exercise() {
  std::vector<Case> cases;
  for (const Shape& shape : {Shape{4, 3}, Shape{5, 2}, Shape{3, 3}}) {
    const std::vector<Tensor> dy_x = normal_tensors({{shape[1], shape[0]}, shape});
    cases.push_back({{dy_x[0]}, dy_x});
  }
  return {
      .name = "transpose",
      .question = "What is the backward of an operation that only moves numbers?",
      .operands = {"dy"},
      .outputs = {{"dx", 1}},
      .cases = cases,
      .answer = transpose_backward,
      .solution = solutions::transpose_backward,
      .mistakes =
          {
              {"dx", "reshaped instead of transposed: the right shape, but the elements are in the wrong places",
               [](T dy) {
                 return dy.reshape({dy.size(1), dy.size(0)});
               }},
              {"dx", "dy passed on unchanged: it has the shape of y, not of x", [](T dy) { return dy; }},
          },
      .loss = [](const std::vector<Variable>& in) { return sum(transpose(in[1]) * in[0]); },
  };
}

}  // namespace gradus::exercises
