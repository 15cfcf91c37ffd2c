#include <gradus/examples/exercises/key/tables.h>

namespace gradus::exercises {

Exercise dropout_exercise() {
  std::vector<Case> cases;
  for (const auto& [shape, p] : {std::pair(Shape{4, 3}, 0.2), std::pair(Shape{5, 4}, 0.6)}) {
    const std::vector<Tensor> dy_x = normal_tensors({shape, shape});
    Tensor mask = Tensor::full(shape, 1);
    // By a pattern rather than at random: each case has both kinds.
    for (std::size_t i = 0; i < mask.values().size(); i += p < 0.5 ? 3 : 2) mask.mutable_values()[i] = 0;
    cases.push_back({{dy_x[0], mask, p}, {dy_x[0], dy_x[1], mask, p}});
  }
  return {
      .name = "dropout",
      .question = "What does a random layer's backward have to remember?",
      .operands = {"dy", "mask", "p"},
      .outputs = {{"dx", 1}},
      .cases = cases,
      .answer = dropout_backward,
      // y is x times a constant; dx is dy times the same one.
      .solution = [](T dy, T mask, Scalar p) { return dy * mask / (1 - p); },
      .mistakes =
          {
              {"dx", "the factor 1 / (1 - p) is missing", [](T dy, T mask, Scalar p) { return dy * mask; }},
              {"dx", "the mask is missing: what was dropped has no gradient",
               [](T dy, T mask, Scalar p) { return dy / (1 - p); }},
              {"dx", "dy passed on unchanged", [](T dy, T mask, Scalar p) { return dy; }},
              {"dx", "multiplied by 1 - p where the forward divides by it",
               [](T dy, T mask, Scalar p) { return dy * mask * (1 - p); }},
              {"dx", "divided by p: the forward divides by something else",
               [](T dy, T mask, Scalar p) { return dy * mask / p; }},
              {"dx", "the mask is upside down: passed on where it was dropped",
               [](T dy, T mask, Scalar p) { return dy * (1 - mask) / (1 - p); }},
              {"dx", "divided by 1 - p twice", [](T dy, T mask, Scalar p) { return dy * mask / ((1 - p) * (1 - p)); }},
          },
      .loss = [](V in) { return sum(in[1] * in[2] / (1 - in[3]) * in[0]); },
  };
}

}  // namespace gradus::exercises
