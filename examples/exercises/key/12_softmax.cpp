#include <gradus/examples/exercises/key/tables.h>

namespace gradus::exercises {

// ∂y_k/∂x_j = y_k (1[k = j] - y_j), so dx_j = Σ_k dy_k y_k (1[k = j] - y_j) = y_j (dy_j - Σ_k dy_k y_k).
static Tensor solve_softmax(const Tensor& dy, const Tensor& y) { return y * (dy - sum(dy * y, {1}, Reduced::kept)); }

Exercise softmax_exercise() {
  Exercise e = {
      .name = "softmax",
      .question = "What if every input reaches every output?",
      .operands = {"dy", "y"},
      .outputs = {{"dx", 1}},
      .cases = random_cases({"nc", "nc"}, kAlsoSquare),
      .answer = softmax_backward,
      .solution = solve_softmax,
      .loss = [](In in) { return sum(softmax(in[1]) * in[0]); },
  };
  for (Case& c : e.cases) c.operands[1] = softmax(c.operands[1]);
  e.mistakes = {
      {"dx", "only the case k = j, as for a sigmoid: the other elements of the row change as well",
       [](T dy, T y) { return dy * y * (1 - y); }},
      {"dx", "the sum over the row is missing", [](T dy, T y) { return dy * y; }},
      {"dx", "summed over the wrong axis", [](T dy, T y) { return y * (dy - sum(dy * y, {0})); }},
      {"dx", "summed over everything: rows have nothing to do with each other",
       [](T dy, T y) { return y * (dy - sum(dy * y)); }},
      {"dx", "averaged over the row instead of summed",
       [](T dy, T y) { return y * (dy - mean(dy * y, {1}, Reduced::kept)); }},
      {"dx", "the sum is over dy alone: each of its terms has its own y",
       [](T dy, T y) { return y * (dy - sum(dy, {1}, Reduced::kept)); }},
      {"dx", "the factor y in front is missing", [](T dy, T y) { return dy - sum(dy * y, {1}, Reduced::kept); }},
      {"dx", "only the sum is multiplied by y: dy is, too",
       [](T dy, T y) { return dy - y * sum(dy * y, {1}, Reduced::kept); }},
      {"dx", "only the sum is multiplied by y: dy is, too; and it is summed over everything, not over the row",
       [](T dy, T y) { return dy - y * sum(dy * y); }},
      {"dx", "the sum is not multiplied by y", [](T dy, T y) { return dy * y - sum(dy * y, {1}, Reduced::kept); }},
      {"dx", "the sign of the sum is wrong", [](T dy, T y) { return y * (dy + sum(dy * y, {1}, Reduced::kept)); }},
      {"dx", "softmax was taken once more: y is its result already",
       [](T dy, T y) {
         const Tensor z = softmax(y);
         return z * (dy - sum(dy * z, {1}, Reduced::kept));
       }},
      {"dx", "the sum has lost its axis and was aligned with the columns",
       [](T dy, T y) { return y * (dy - sum(dy * y, {1})); }},
  };
  return e;
}

}  // namespace gradus::exercises
