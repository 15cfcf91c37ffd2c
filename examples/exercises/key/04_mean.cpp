#include <gradus/examples/exercises/key/tables.h>

namespace gradus::exercises {

Exercise mean_exercise() {
  return {
      .name = "mean",
      .question = "Which elements share a gradient, and how large is a share?",
      .operands = {"dy", "x"},
      .outputs = {{"dx", 1}},
      // The last has as many rows as columns: there a dy that lies the wrong way fits.
      .cases = random_cases({{{4}, {4, 3}}, {{5}, {5, 2}}, {{3}, {3, 3}}}),
      .answer = mean_backward,
      // ∂y_i/∂x_ij = 1/c. As a column [n, 1] dy is repeated along the rows.
      .solution =
          [](T dy, T x) {
            return broadcast_to(dy.reshape({-1, 1}) / Scalar(x.size(1)), x.shape());
          },
      .mistakes =
          {
              {"dx", "off by a factor of c, the length of a row: that is the backward of a sum",
               [](T dy, T x) {
                 return broadcast_to(dy.reshape({-1, 1}), x.shape());
               }},
              {"dx", "divided by the number of rows; the mean is taken over something else",
               [](T dy, T x) {
                 return broadcast_to(dy.reshape({-1, 1}), x.shape()) / Scalar(x.size(0));
               }},
              {"dx", "divided by the number of all elements; the mean is taken over fewer",
               [](T dy, T x) {
                 return broadcast_to(dy.reshape({-1, 1}), x.shape()) / Scalar(x.count());
               }},
              {"dx", "along the wrong axis: dy_i went to column i; a shape [n] is aligned with the columns",
               [](T dy, T x) { return broadcast_to(dy, x.shape()) / Scalar(x.size(1)); }},
              {"dx", "along the wrong axis, and not divided: dy_i went to column i",
               [](T dy, T x) { return broadcast_to(dy, x.shape()); }},
              {"dx", "multiplied by x: how much y changes with x does not depend on x",
               [](T dy, T x) {
                 return dy.reshape({-1, 1}) * x / Scalar(x.size(1));
               }},
          },
      .loss = [](V in) { return sum(mean(in[1], {1}) * in[0]); },
  };
}

}  // namespace gradus::exercises
