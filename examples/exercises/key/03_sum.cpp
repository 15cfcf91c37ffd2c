#include <gradus/examples/exercises/key/tables.h>

namespace gradus::exercises {

// ∂y/∂x_ij = 1 for every element.
static Tensor solve_sum(const Tensor& dy, const Tensor& x) { return broadcast_to(dy, x.shape()); }

Exercise sum_exercise() {
  Exercise e = {
      .name = "sum",
      .question = "How does one number's gradient reach the many it was made from?",
      .operands = {"dy", "x"},
      .outputs = {{"dx", 1}},
      .cases = random_cases({"", "nc"}),
      .answer = sum_backward,
      .solution = solve_sum,
      .loss = [](In in) { return sum(in[1]) * in[0]; },
  };
  e.mistakes = {
      {"dx", "off by a factor of N, the number of elements: that is the backward of a mean",
       [](T dy, T x) { return broadcast_to(dy / static_cast<Scalar>(x.count()), x.shape()); }},
      {"dx", "multiplied by x: how much y changes with x does not depend on x", [](T dy, T x) { return dy * x; }},
      {"dx", "only the first element has a gradient: every element is part of the sum",
       [](T dy, T x) {
         Tensor dx = Tensor::zeros(x.shape());
         dx.mutable_values()[0] = dy.item();
         return dx;
       }},
  };
  return e;
}

}  // namespace gradus::exercises
