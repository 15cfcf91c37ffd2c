#include <gradus/examples/exercises/mistakes/tables.h>

namespace gradus::exercises {

Exercise broadcast_add_exercise() {
  std::vector<Case> cases;
  for (const Shape& shape : {Shape{4, 3}, Shape{5, 2}}) {
    const std::vector<Tensor> dy_x_b = normal_tensors({shape, shape, {shape[1]}});
    cases.push_back({dy_x_b, dy_x_b});
  }
  return {
      .name = "broadcast_add",
      .question = "What is the backward of broadcasting?",
      .operands = {"dy", "x", "b"},
      .outputs = {{"dx", 1}, {"db", 2}},
      .cases = cases,
      .answer = broadcast_add_backward,
      .solution = solutions::broadcast_add_backward,
      .mistakes =
          {
              {"dx", "x's gradient does not depend on b's value", [](T dy, T x, T b) { return dy * b; }},
              {"dx", "x's gradient does not depend on x: y is a sum", [](T dy, T x, T b) { return dy * x; }},
              {"db", "not summed: it has the shape of dy, and b has been used once for every row",
               [](T dy, T x, T b) { return dy; }},
              {"db", "summed over the wrong axis: it has an element for every row, and b has one for every column",
               [](T dy, T x, T b) { return sum(dy, {1}); }},
              {"db", "averaged over the rows instead of added: off by a factor of n",
               [](T dy, T x, T b) { return mean(dy, {0}); }},
              {"db", "overwritten instead of added: only the last row is left",
               [](T dy, T x, T b) { return dy.rows(dy.size(0) - 1, dy.size(0)).reshape(b.shape()); }},
              {"db", "only the first row: every row has used b",
               [](T dy, T x, T b) { return dy.rows(0, 1).reshape(b.shape()); }},
              {"db", "summed over everything: each element of b has a column of its own",
               [](T dy, T x, T b) { return broadcast_to(sum(dy), b.shape()); }},
              {"db", "multiplied by b: how much y changes with b does not depend on b",
               [](T dy, T x, T b) { return sum(dy, {0}) * b; }},
              {"db", "multiplied by x, which has nothing to do with b here",
               [](T dy, T x, T b) { return sum(dy * x, {0}); }},
          },
      .loss = [](const std::vector<Variable>& in) { return sum((in[1] + in[2]) * in[0]); },
  };
}

}  // namespace gradus::exercises
