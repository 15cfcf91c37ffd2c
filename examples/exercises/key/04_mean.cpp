#include <gradus/examples/exercises/key/tables.h>

namespace gradus::exercises {

// ∂y_i/∂x_ij = 1/c. As a column [n, 1] dy is repeated along the rows.
static Tensor solve_mean(const Tensor& dy, const Tensor& x) {
  const Scalar c = static_cast<Scalar>(x.size(1));
  return broadcast_to(dy.reshape({x.size(0), 1}) / c, x.shape());
}

static Tensor column(T t) { return t.reshape({-1, 1}); }

Exercise mean_exercise() {
  Exercise e = {
      .name = "mean",
      .question = "Which elements share a gradient, and how large is a share?",
      .operands = {"dy", "x"},
      .outputs = {{"dx", 1}},
      .cases = random_cases({"n", "nc"}, kAlsoSquare),
      .answer = mean_backward,
      .solution = solve_mean,
      .loss = [](In in) { return sum(mean(in[1], {1}) * in[0]); },
  };
  e.mistakes = {
      {"dx", "off by a factor of c, the length of a row: that is the backward of a sum",
       [](T dy, T x) { return broadcast_to(column(dy), x.shape()); }},
      {"dx", "divided by the number of rows; the mean is taken over something else",
       [](T dy, T x) { return broadcast_to(column(dy), x.shape()) / Scalar(x.size(0)); }},
      {"dx", "divided by the number of all elements; the mean is taken over fewer",
       [](T dy, T x) { return broadcast_to(column(dy), x.shape()) / Scalar(x.count()); }},
      {"dx", "along the wrong axis: dy_i went to column i; a shape [n] is aligned with the columns",
       [](T dy, T x) { return broadcast_to(dy, x.shape()) / Scalar(x.size(1)); }},
      {"dx", "along the wrong axis, and not divided: dy_i went to column i",
       [](T dy, T x) { return broadcast_to(dy, x.shape()); }},
      {"dx", "multiplied by x: how much y changes with x does not depend on x",
       [](T dy, T x) { return column(dy) * x / Scalar(x.size(1)); }},
  };
  return e;
}

}  // namespace gradus::exercises
