#include <gradus/examples/exercises/key/normalization.h>

namespace gradus::exercises {

// Equations 10, S5 and S6 of layers/batch_norm.md.
static Gradients3 solve_batch_norm(const Tensor& dy, const Tensor& xhat, const Tensor& s, const Tensor& gamma) {
  const Tensor dx = gamma * s * (dy - mean(dy, {0}) - xhat * mean(dy * xhat, {0}));
  const Tensor dgamma = sum(dy * xhat, {0});
  const Tensor dbeta = sum(dy, {0});
  return {dx, dgamma, dbeta};
}

Exercise batch_norm_exercise() {
  Exercise e = {
      .name = "batch_norm",
      .question = "What is left of all those stages in the end?",
      .operands = {"dy", "xhat", "s", "gamma"},
      .outputs = {{"dx", 1}, {"dgamma", 2}, {"dbeta", 3}},
      .cases = random_cases({"nc", "nc", "c", "c"}),
      .answer = batch_norm_backward,
      .solution = solve_batch_norm,
      .loss = [](In in) { return normalization_loss(in, 0); },
  };
  for (Case& c : e.cases) {
    const Pieces p(c, 0);
    c.operands = {p.dy, p.xhat, p.s, p.gamma};
  }
  const auto dx = [&](const char* diagnosis, void (*spoil)(Pieces&)) {
    e.mistakes.push_back({"dx", diagnosis, spoilt(0, spoil)});
  };
  dx("the mean term is missing", [](Pieces& p) { p.mean = 0; });
  dx("the x̂ term is missing: x reaches the loss by the variance too", [](Pieces& p) { p.along = 0; });
  dx("both mean terms are missing: that is the formula of evaluation, where mu and s are constants",
     [](Pieces& p) { p.mean = p.along = 0; });
  dx("the first term is divided by m too: only the other two are means", [](Pieces& p) { p.arrived = p.dy / p.m; });
  dx("sums where means belong: the last two terms are off by a factor of m", [](Pieces& p) {
    p.mean = p.mean * p.m;
    p.along = p.along * p.m;
  });
  dx("the x̂ term is off by a factor of m: a sum where a mean belongs", [](Pieces& p) { p.along = p.along * p.m; });
  dx("the mean term is off by a factor of m: a sum where a mean belongs", [](Pieces& p) { p.mean = p.mean * p.m; });
  dx("m - 1 where the forward has m: it normalizes with the biased variance",
     [](Pieces& p) { p.along = p.along * (p.m / (p.m - 1)); });
  dx("the sign of the x̂ term is wrong", [](Pieces& p) { p.along = -p.along; });
  dx("the sign of the mean term is wrong", [](Pieces& p) { p.mean = -p.mean; });
  dx("an index was renamed: the x̂ in front of the sum belongs to the sample whose gradient is wanted and stays outside",
     [](Pieces& p) { p.along = p.mean_of(p.dy * p.xhat * p.xhat); });
  dx("the x̂ in front of the last sum is missing", [](Pieces& p) { p.along = p.mean_of(p.dy * p.xhat); });
  dx("the factor s is missing", [](Pieces& p) { p.factor = p.gamma; });
  dx("s is squared", [](Pieces& p) { p.factor = p.gamma * p.s * p.s; });
  dx("divided by s: s is one over the deviation", [](Pieces& p) { p.factor = p.gamma / p.s; });
  dx("gamma is missing", [](Pieces& p) { p.factor = p.s; });
  dx("the means were taken over the wrong axis: that is layer normalization", [](Pieces& p) { p.arrive(p.dy, 1); });
  dx("gamma is in it twice", [](Pieces& p) { p.factor = p.gamma * p.gamma * p.s; });
  add_gamma_and_beta_mistakes(e.mistakes, 0, {"batch", "batch, of which every sample", "sample", "m"});
  return e;
}

}  // namespace gradus::exercises
