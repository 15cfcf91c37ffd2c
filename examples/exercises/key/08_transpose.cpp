#include <gradus/examples/exercises/key/tables.h>

namespace gradus::exercises {

// dx_ij = dy_ji.
static Tensor solve_transpose(const Tensor& dy) { return transpose(dy); }

Exercise transpose_exercise() {
  Exercise e = {
      .name = "transpose",
      .question = "What is the backward of an operation that only moves numbers?",
      .operands = {"dy"},
      .outputs = {{"dx", 1}},
      .cases = random_cases({"cn", "nc"}, kAlsoSquare),
      .answer = transpose_backward,
      .solution = solve_transpose,
      .loss = [](In in) { return sum(transpose(in[1]) * in[0]); },
  };
  e.mistakes = {
      {"dx", "reshaped instead of transposed: the right shape, but the elements are in the wrong places",
       [](T dy) {
         return dy.reshape({dy.size(1), dy.size(0)});
       }},
      {"dx", "dy passed on unchanged: it has the shape of y, not of x", [](T dy) { return dy; }},
  };
  return e;
}

}  // namespace gradus::exercises
