#include <gradus/examples/exercises/key/normalization.h>

namespace gradus::exercises {

// Equation 10 of layers/batch_norm.md along the other axis; gamma differs within a row, so it stays with dy.
static Gradients3 solve_layer_norm(const Tensor& dy, const Tensor& xhat, const Tensor& s, const Tensor& gamma) {
  const Tensor dxhat = dy * gamma;
  const Tensor dx = s * (dxhat - mean(dxhat, {1}, Reduced::kept) - xhat * mean(dxhat * xhat, {1}, Reduced::kept));
  const Tensor dgamma = sum(dy * xhat, {0});
  const Tensor dbeta = sum(dy, {0});
  return {dx, dgamma, dbeta};
}

Exercise layer_norm_exercise() {
  Exercise e = {
      .name = "layer_norm",
      .question = "What does normalizing take out of a gradient?",
      .operands = {"dy", "xhat", "s", "gamma"},
      .outputs = {{"dx", 1}, {"dgamma", 2}, {"dbeta", 3}},
      .cases = random_cases({"nc", "nc", "c", "c"}, {{4, 3}, {5, 4}, {3, 3}}),
      .answer = layer_norm_backward,
      .solution = solve_layer_norm,
      .loss = [](In in) { return normalization_loss(in, 1); },
  };
  for (Case& c : e.cases) {
    const Pieces p(c, 1);
    c.operands = {p.dy, p.xhat, p.s, p.gamma};
  }
  const auto dx = [&](const char* diagnosis, void (*spoil)(Pieces&)) {
    e.mistakes.push_back({"dx", diagnosis, spoilt(1, spoil)});
  };
  dx("the mean term is missing", [](Pieces& p) { p.mean = 0; });
  dx("the x̂ term is missing: x reaches the loss by the variance too", [](Pieces& p) { p.along = 0; });
  dx("both mean terms are missing: mu and s were taken for constants", [](Pieces& p) { p.mean = p.along = 0; });
  dx("gamma is missing", [](Pieces& p) { p.arrive(p.dy, 1); });
  dx("gamma is outside of the means, but it differs within a row: it belongs to dy", [](Pieces& p) {
    p.arrive(p.dy, 1);
    p.factor = p.gamma * p.s;
  });
  dx("the factor s is missing", [](Pieces& p) { p.factor = 1; });
  dx("the means were taken over the wrong axis: each row is normalized by itself",
     [](Pieces& p) { p.arrive(p.arrived, 0); });
  dx("sums where means belong: the terms are off by a factor of c", [](Pieces& p) {
    p.mean = p.mean * p.m;
    p.along = p.along * p.m;
  });
  dx("the sign of the x̂ term is wrong", [](Pieces& p) { p.along = -p.along; });
  dx("the sign of the mean term is wrong", [](Pieces& p) { p.mean = -p.mean; });
  dx("the x̂ in front of its mean is missing, or was renamed into the sum",
     [](Pieces& p) { p.along = p.mean_of(p.arrived * p.xhat); });
  dx("the x̂ in front of its mean was renamed into the sum: it belongs to the x whose gradient is wanted",
     [](Pieces& p) { p.along = p.mean_of(p.arrived * p.xhat * p.xhat); });
  add_gamma_and_beta_mistakes(e.mistakes, 1, {"rows", "rows, which all", "row", "n"});
  return e;
}

}  // namespace gradus::exercises
