#include <gradus/examples/exercises/mistakes/tables.h>

namespace gradus::exercises {

Exercise sum_exercise() {
  std::vector<Case> cases;
  for (const Shape& shape : {Shape{4, 3}, Shape{5, 2}}) {
    const std::vector<Tensor> dy_x = normal_tensors({{}, shape});
    cases.push_back({dy_x, dy_x});
  }
  return {
      .name = "sum",
      .question = "How does one number's gradient reach the many it was made from?",
      .operands = {"dy", "x"},
      .outputs = {{"dx", 1}},
      .cases = cases,
      .answer = sum_backward,
      .solution = solutions::sum_backward,
      .mistakes =
          {
              {"dx", "off by a factor of N, the number of elements: that is the backward of a mean",
               [](T dy, T x) { return broadcast_to(dy / static_cast<Scalar>(x.count()), x.shape()); }},
              {"dx", "multiplied by x: how much y changes with x does not depend on x",
               [](T dy, T x) { return dy * x; }},
              {"dx", "only the first element has a gradient: every element is part of the sum",
               [](T dy, T x) {
                 Tensor dx = Tensor::zeros(x.shape());
                 dx.mutable_values()[0] = dy.item();
                 return dx;
               }},
          },
      .loss = [](const std::vector<Variable>& in) { return sum(in[1]) * in[0]; },
  };
}

}  // namespace gradus::exercises
