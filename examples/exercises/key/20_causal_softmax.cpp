#include <gradus/examples/exercises/key/tables.h>

#include <limits>

namespace gradus::exercises {
namespace {

// 1 where j <= i, else 0.
Tensor past(std::int64_t t) {
  Tensor mask = Tensor::zeros({t, t});
  for (std::int64_t i = 0; i < t; ++i)
    for (std::int64_t j = 0; j <= i; ++j) mask.set({i, j}, 1);
  return mask;
}

Tensor row_sum(T x) { return sum(x, {1}, Reduced::kept); }

// That of softmax, divided by what its input was divided by. Ahead y is 0, and with it dx.
Tensor solve_causal_softmax(const Tensor& dy, const Tensor& y, Scalar d) {
  return y * (dy - row_sum(dy * y)) / std::sqrt(d);
}

Variable weights(const Variable& x, Scalar d) {
  const Variable scores = x / std::sqrt(d);
  return softmax(where(past(x.size(0)), scores, -std::numeric_limits<Scalar>::infinity()));
}

}  // namespace

Exercise causal_softmax_exercise() {
  Exercise e = {
      .name = "causal_softmax",
      .question = "What does a mask do to a gradient?",
      .operands = {"dy", "y", "d"},
      .outputs = {{"dx", 1}},
      .cases = random_cases({"tt", "tt"}, {{3}, {5}}, "t"),
      .answer = causal_softmax_backward,
      .solution = solve_causal_softmax,
      .loss = [](In in) { return sum(weights(in[1], in[2].item()) * in[0]); },
  };
  for (Case& c : e.cases) {
    const Tensor d = &c == &e.cases.front() ? 8 : 3;
    Tape tape(Recording::off);
    c = {{c.inputs[0], weights(tape.input(c.inputs[1]), d.item()).value(), d}, {c.inputs[0], c.inputs[1], d}};
  }
  e.mistakes = {
      {"dx", "the factor 1 / √d is missing", [](T dy, T y, Scalar d) { return y * (dy - row_sum(dy * y)); }},
      {"dx", "divided by d instead of √d", [](T dy, T y, Scalar d) { return y * (dy - row_sum(dy * y)) / d; }},
      {"dx", "multiplied by √d, by which the forward divides",
       [](T dy, T y, Scalar d) { return y * (dy - row_sum(dy * y)) * std::sqrt(d); }},
      {"dx", "what lies ahead has got a gradient: there y is 0 whatever x is",
       [](T dy, T y, Scalar d) {
         return (y * (dy - row_sum(dy * y)) - (1 - past(y.size(0))) * row_sum(dy * y)) / std::sqrt(d);
       }},
      {"dx", "the sum over the row is missing", [](T dy, T y, Scalar d) { return dy * y / std::sqrt(d); }},
      {"dx", "the sum goes over dy of what lies ahead as well: it has the factor y, which is 0 there",
       [](T dy, T y, Scalar d) { return y * (dy - row_sum(dy)) / std::sqrt(d); }},
      {"dx", "the mask is upside down: only what lies ahead has got a gradient",
       [](T dy, T y, Scalar d) { return (1 - past(y.size(0))) * (dy - row_sum(dy * y)) / std::sqrt(d); }},
      {"dx", "the factor y in front is missing",
       [](T dy, T y, Scalar d) { return past(y.size(0)) * (dy - row_sum(dy * y)) / std::sqrt(d); }},
      {"dx", "summed down the columns instead of along the rows",
       [](T dy, T y, Scalar d) { return y * (dy - sum(dy * y, {0})) / std::sqrt(d); }},
  };
  return e;
}

}  // namespace gradus::exercises
