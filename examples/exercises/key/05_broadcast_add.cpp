#include <gradus/examples/exercises/key/tables.h>

namespace gradus::exercises {

// db_j = Σ_i dy_ij: every row has used b_j. Broadcasting forward is summing backward.
static Gradients2 solve_broadcast_add(const Tensor& dy, const Tensor& x, const Tensor& b) {
  const Tensor dx = dy;
  const Tensor db = sum(dy, {0});
  return {dx, db};
}

Exercise broadcast_add_exercise() {
  Exercise e = {
      .name = "broadcast_add",
      .question = "What is the backward of broadcasting?",
      .operands = {"dy", "x", "b"},
      .outputs = {{"dx", 1}, {"db", 2}},
      .cases = random_cases({"nc", "nc", "c"}),
      .answer = broadcast_add_backward,
      .solution = solve_broadcast_add,
      .loss = [](In in) { return sum((in[1] + in[2]) * in[0]); },
  };
  e.mistakes = {
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
      {"db", "multiplied by x, which has nothing to do with b here", [](T dy, T x, T b) { return sum(dy * x, {0}); }},
  };
  return e;
}

}  // namespace gradus::exercises
