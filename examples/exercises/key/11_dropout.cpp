#include <gradus/examples/exercises/key/tables.h>

namespace gradus::exercises {

// y is x times a constant; dx is dy times the same one.
static Tensor solve_dropout(const Tensor& dy, const Tensor& mask, Scalar p) { return dy * mask / (1 - p); }

Exercise dropout_exercise() {
  Exercise e = {
      .name = "dropout",
      .question = "What does a random layer's backward have to remember?",
      .operands = {"dy", "mask", "p"},
      .outputs = {{"dx", 1}},
      .cases = random_cases({"nc", "nc"}, {{4, 3}, {5, 4}}),
      .answer = dropout_backward,
      .solution = solve_dropout,
      .loss = [](In in) { return sum(in[1] * in[2] / (1 - in[3]) * in[0]); },
  };
  for (Case& c : e.cases) {
    const bool first = &c == &e.cases.front();
    Tensor mask = Tensor::full(c.inputs[0].shape(), 1);
    // By a pattern rather than at random: each case has both kinds.
    for (std::size_t i = 0; i < mask.values().size(); i += first ? 3 : 2) mask.mutable_values()[i] = 0;
    const Tensor p = first ? 0.2 : 0.6;
    c = {{c.inputs[0], mask, p}, {c.inputs[0], c.inputs[1], mask, p}};
  }
  e.mistakes = {
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
  };
  return e;
}

}  // namespace gradus::exercises
