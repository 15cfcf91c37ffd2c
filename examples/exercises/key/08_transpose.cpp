#include <gradus/examples/exercises/key/tables.h>

namespace gradus::exercises {

Exercise transpose_exercise() {
  return {
      .name = "transpose",
      .question = "What is the backward of an operation that only moves numbers?",
      .operands = {"dy"},
      .outputs = {{"dx", 1}},
      .cases = random_cases({{{3, 4}, {4, 3}}, {{2, 5}, {5, 2}}, {{3, 3}, {3, 3}}},
                            [](Operands in) -> Tensors { return {in[0]}; }),
      .answer = transpose_backward,
      // dx_ij = dy_ji.
      .solution = [](T dy) { return transpose(dy); },
      .mistakes =
          {
              {"dx", "reshaped instead of transposed: the right shape, but the elements are in the wrong places",
               [](T dy) {
                 return dy.reshape({dy.size(1), dy.size(0)});
               }},
              {"dx", "dy passed on unchanged: it has the shape of y, not of x", [](T dy) { return dy; }},
          },
      .loss = [](V in) { return sum(transpose(in[1]) * in[0]); },
  };
}

}  // namespace gradus::exercises
