#include <gradus/examples/exercises/mistakes/tables.h>

namespace gradus::exercises {

Exercise mean_exercise() {
  std::vector<Case> cases;
  // The last has as many rows as columns: there a dy that lies the wrong way fits.
  for (const Shape& shape : {Shape{4, 3}, Shape{5, 2}, Shape{3, 3}}) {
    const std::vector<Tensor> dy_x = normal_tensors({{shape[0]}, shape});
    cases.push_back({dy_x, dy_x});
  }
  return {
      .name = "mean",
      .question = "Which elements share a gradient, and how large is a share?",
      .operands = {"dy", "x"},
      .outputs = {{"dx", 1}},
      .cases = cases,
      .answer = mean_backward,
      .solution = solutions::mean_backward,
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
      .loss = [](const std::vector<Variable>& in) { return sum(mean(in[1], {1}) * in[0]); },
  };
}

}  // namespace gradus::exercises
