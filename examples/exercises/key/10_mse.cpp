#include <gradus/examples/exercises/key/tables.h>

namespace gradus::exercises {

static Tensor solve_mse(const Tensor& dloss, const Tensor& y, const Tensor& target) {
  return dloss * 2 * (y - target) / static_cast<Scalar>(y.count());
}

Exercise mse_exercise() {
  Exercise e = {
      .name = "mse",
      .question = "What does a loss send back?",
      .operands = {"dloss", "y", "target"},
      .outputs = {{"dy", 1}},
      .cases = random_cases({"", "nc", "nc"}),
      .answer = mse_backward,
      .solution = solve_mse,
      .loss = [](In in) { return mean((in[1] - in[2]) * (in[1] - in[2])) * in[0]; },
  };
  e.mistakes = {
      {"dy", "off by a factor of 2: the square's",
       [](T dloss, T y, T target) { return dloss * (y - target) / Scalar(y.count()); }},
      {"dy", "off by a factor of N: the mean's division is missing",
       [](T dloss, T y, T target) { return dloss * 2 * (y - target); }},
      {"dy", "off by a factor of N and of 2: neither the mean's nor the square's is there",
       [](T dloss, T y, T target) { return dloss * (y - target); }},
      {"dy", "divided by the number of rows; the mean is taken over all elements",
       [](T dloss, T y, T target) { return dloss * 2 * (y - target) / Scalar(y.size(0)); }},
      {"dy", "the sign is wrong: this is the gradient of the target",
       [](T dloss, T y, T target) { return dloss * 2 * (target - y) / Scalar(y.count()); }},
      {"dy", "the difference is squared: the loss is not its own slope",
       [](T dloss, T y, T target) { return dloss * (y - target) * (y - target) / Scalar(y.count()); }},
      {"dy", "the difference is squared in the backward too",
       [](T dloss, T y, T target) { return dloss * 2 * (y - target) * (y - target) / Scalar(y.count()); }},
      {"dy", "summed over the elements: each has a gradient of its own",
       [](T dloss, T y, T target) {
         return broadcast_to(sum(dloss * 2 * (y - target)) / Scalar(y.count()), y.shape());
       }},
  };
  return e;
}

}  // namespace gradus::exercises
