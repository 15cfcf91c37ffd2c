#include <gradus/examples/exercises/key/normalization.h>

namespace gradus::exercises {

// Equations S1 to S6 of layers/batch_norm.md. (variance + eps)^(-3/2) is s³.
static Gradients6 solve_staged_batch_norm(const Tensor& dy, const Tensor& x, const Tensor& mu, const Tensor& s,
                                          const Tensor& gamma) {
  const Scalar m = static_cast<Scalar>(x.size(0));
  const Tensor deviation = x - mu;
  const Tensor dxhat = dy * gamma;                                                    // (S1)
  const Tensor dvariance = -0.5 * pow(s, 3) * sum(dxhat * deviation, {0});            // (S2)
  const Tensor dmu = -s * sum(dxhat, {0}) - dvariance * 2 / m * sum(deviation, {0});  // (S3): the last sum is 0
  const Tensor dx = dxhat * s + dmu / m + dvariance * 2 / m * deviation;              // (S4)
  const Tensor dgamma = sum(dy * deviation * s, {0});                                 // (S5)
  const Tensor dbeta = sum(dy, {0});                                                  // (S6)
  return {dxhat, dvariance, dmu, dx, dgamma, dbeta};
}

namespace {

// The forward, cut where a gradient is wanted: what stands before the cut is an input of its own.
Variable loss_of_xhat(In in, const Variable& xhat) { return sum((in[2] * xhat + in[3]) * in[0]); }
Variable loss_of_variance(In in, const Variable& mu, const Variable& variance) {
  return loss_of_xhat(in, (in[1] - mu) / sqrt(variance + kNormEps));
}
Variable loss_of_mu(In in, const Variable& mu) {
  return loss_of_variance(in, mu, mean((in[1] - mu) * (in[1] - mu), {0}));
}

// The stages as they should be, for mistakes in those that follow; and the paths from dxhat to dx.
struct Stages {
  explicit Stages(const Case& c) : dy(c.operands[0]), x(c.operands[1]), s(c.operands[3]), gamma(c.operands[4]) {
    const auto right = solve_staged_batch_norm(dy, x, c.operands[2], s, gamma);
    dxhat = right[0], dvariance = right[1], dmu = right[2];
    m = static_cast<Scalar>(x.size(0));
    deviation = x - c.operands[2];
    direct = dxhat * s, by_mu = dmu / m, by_variance = dvariance * 2 / m * deviation;
  }
  Tensor dy, x, s, gamma, dxhat, dvariance, dmu, deviation, direct, by_mu, by_variance;
  Scalar m;
};
using S = const Stages&;

}  // namespace

Exercise staged_batch_norm_exercise() {
  Exercise e = {
      .name = "staged_batch_norm",
      .question = "How does one go backwards through a long formula without getting lost?",
      .operands = {"dy", "x", "mu", "s", "gamma"},
      .outputs = {{"dxhat", 4, [](In in) { return loss_of_xhat(in, in[4]); }},
                  {"dvariance", 5, [](In in) { return loss_of_variance(in, in[6], in[5]); }},
                  {"dmu", 6, [](In in) { return loss_of_mu(in, in[6]); }},
                  {"dx", 1},
                  {"dgamma", 2},
                  {"dbeta", 3}},
      .cases = random_cases({"nc", "nc", "c", "c"}),
      .answer = staged_batch_norm_backward,
      .solution = solve_staged_batch_norm,
      .loss = [](In in) { return loss_of_mu(in, mean(in[1], {0})); },
  };
  for (Case& c : e.cases) {
    const Pieces p(c, 0);
    const Statistics of_x(c.inputs[1], 0);
    c.operands = {p.dy, c.inputs[1], of_x.mu, of_x.s, p.gamma};
    c.inputs.insert(c.inputs.end(), {p.xhat, of_x.variance, of_x.mu});
  }
  const auto add = [&](const char* output, const char* diagnosis, Tensor (*wrong)(S)) {
    e.mistakes.push_back({output, diagnosis, Backward([wrong](const Case& c) { return list(wrong(Stages(c))); })});
  };
  add("dxhat", "gamma is missing", [](S v) { return v.dy; });
  add("dxhat", "this is dx with mu and s taken for constants: one stage too far", [](S v) { return v.direct; });
  add("dvariance", "the factor -1/2 is missing", [](S v) { return v.dvariance / -0.5; });
  add("dvariance", "the factor 1/2 is missing", [](S v) { return v.dvariance / 0.5; });
  add("dvariance", "the sign is wrong: a larger variance makes x̂ smaller", [](S v) { return -v.dvariance; });
  add("dvariance", "s is of the wrong power: the derivative of (variance + eps)^(-1/2) has another exponent",
      [](S v) { return v.dvariance / pow(v.s, 2); });
  add("dvariance", "s is of the wrong power: one factor s too few", [](S v) { return v.dvariance / v.s; });
  add("dvariance", "x̂ stands where x - mu belongs: its s is there twice", [](S v) { return v.dvariance * v.s; });
  add("dvariance", "averaged over the batch instead of added", [](S v) { return v.dvariance / v.m; });
  add("dvariance", "gamma is missing: dy is used where dxhat belongs", [](S v) { return v.dvariance / v.gamma; });
  add("dvariance", "x - mu is missing", [](S v) { return -0.5 * pow(v.s, 3) * sum(v.dxhat, {0}); });
  add("dvariance", "x is used where x - mu belongs", [](S v) { return -0.5 * pow(v.s, 3) * sum(v.dxhat * v.x, {0}); });
  add("dmu", "the sign is wrong: a larger mean makes x̂ smaller", [](S v) { return -v.dmu; });
  add("dmu", "averaged over the batch instead of added", [](S v) { return v.dmu / v.m; });
  add("dmu", "s is missing", [](S v) { return v.dmu / v.s; });
  add("dmu", "gamma is missing: dy is used where dxhat belongs", [](S v) { return v.dmu / v.gamma; });
  add("dmu", "the path by the variance is not 0 here: Σ (x - mu) is a sum of its own, not part of another",
      [](S v) { return v.dmu + pow(v.s, 3) * sum(v.dxhat * v.deviation * v.deviation, {0}) / v.m; });
  add("dmu", "the path by the variance is not 0 here: was x summed where x - mu should be?",
      [](S v) { return v.dmu - v.dvariance * 2 * mean(v.x, {0}); });
  add("dx", "the path by the variance is missing", [](S v) { return v.direct + v.by_mu; });
  add("dx", "the path by the mean is missing", [](S v) { return v.direct + v.by_variance; });
  add("dx", "the direct path is missing", [](S v) { return v.by_mu + v.by_variance; });
  add("dx", "only the direct path: mu and the variance were taken for constants", [](S v) { return v.direct; });
  add("dx", "the direct path's factor s is missing", [](S v) { return v.dxhat + v.by_mu + v.by_variance; });
  add("dx", "dmu is off by a factor of m: x is one of the m values in the mean",
      [](S v) { return v.direct + v.dmu + v.by_variance; });
  add("dx", "dvariance's path is off by a factor of m", [](S v) { return v.direct + v.by_mu + v.by_variance * v.m; });
  add("dx", "dvariance's path is off by a factor of 2: the square's",
      [](S v) { return v.direct + v.by_mu + v.by_variance / 2; });
  add("dx", "dmu and dvariance's path are both off by a factor of m",
      [](S v) { return v.direct + v.dmu + v.by_variance * v.m; });
  add("dx", "m - 1 where the forward has m",
      [](S v) { return v.direct + v.by_mu + v.by_variance * (v.m / (v.m - 1)); });
  add("dgamma", "x is used where x̂ belongs", [](S v) { return sum(v.dy * v.x, {0}); });
  add("dgamma", "x - mu is used where x̂ belongs", [](S v) { return sum(v.dy * v.deviation, {0}); });
  add_gamma_and_beta_mistakes(e.mistakes, 0, {"batch", "batch, of which every sample", "sample", "m"});
  return e;
}

}  // namespace gradus::exercises
