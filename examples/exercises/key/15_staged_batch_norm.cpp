#include <gradus/examples/exercises/key/tables.h>

namespace gradus::exercises {
namespace {

// The forward, cut where a gradient is wanted: what stands before the cut is an input of its own.
Variable loss_of_xhat(V in, const Variable& xhat) { return sum((in[2] * xhat + in[3]) * in[0]); }
Variable loss_of_variance(V in, const Variable& mu, const Variable& variance) {
  return loss_of_xhat(in, (in[1] - mu) / sqrt(variance + kBatchNormEps));
}
Variable loss_of_mu(V in, const Variable& mu) {
  return loss_of_variance(in, mu, mean((in[1] - mu) * (in[1] - mu), {0}));
}
Variable loss_of_x(V in) { return loss_of_mu(in, mean(in[1], {0})); }

Scalar rows(T x) { return static_cast<Scalar>(x.size(0)); }

// Equations S1 to S6 of layers/batch_norm.md. (variance + eps)^(-3/2) is s³.
Gradients6 solution(T dy, T x, T mu, T s, T gamma) {
  const Scalar m = rows(x);
  const Tensor deviation = x - mu;
  const Tensor dxhat = dy * gamma;                                                    // (S1)
  const Tensor dvariance = -0.5 * pow(s, 3) * sum(dxhat * deviation, {0});            // (S2)
  const Tensor dmu = -s * sum(dxhat, {0}) - dvariance * 2 / m * sum(deviation, {0});  // (S3): the last sum is 0
  const Tensor dx = dxhat * s + dmu / m + dvariance * 2 / m * deviation;              // (S4)
  const Tensor dgamma = sum(dy * deviation * s, {0});                                 // (S5)
  const Tensor dbeta = sum(dy, {0});                                                  // (S6)
  return {dxhat, dvariance, dmu, dx, dgamma, dbeta};
}

// dx (S4) with the parts that come directly, by the mean and by the variance each multiplied by a number that may
// depend on m.
using Factor = Scalar (*)(Scalar m);
Scalar none(Scalar) { return 0; }
Scalar one(Scalar) { return 1; }
Scalar half(Scalar) { return 0.5; }
Scalar times_m(Scalar m) { return m; }
Backward ways(Factor directly, Factor by_mean, Factor by_variance) {
  return Backward([=](const Case& numbers) {
    const Tensors& in = numbers.operands;
    const auto [dxhat, dvariance, dmu, dx, dgamma, dbeta] = solution(in[0], in[1], in[2], in[3], in[4]);
    const Scalar m = rows(in[1]);
    return Tensors{directly(m) * dxhat * in[3] + by_mean(m) * dmu / m +
                   by_variance(m) * dvariance * 2 / m * (in[1] - in[2])};
  });
}

std::vector<Mistake> stage_mistakes() {
  return {
      {"dxhat", "gamma is missing", [](T dy, T x, T mu, T s, T gamma) { return dy; }},
      {"dxhat", "this is dx with mu and s taken for constants: one stage too far",
       [](T dy, T x, T mu, T s, T gamma) { return dy * gamma * s; }},
      {"dvariance", "the factor -1/2 is missing",
       [](T dy, T x, T mu, T s, T gamma) { return pow(s, 3) * sum(dy * gamma * (x - mu), {0}); }},
      {"dvariance", "the factor 1/2 is missing",
       [](T dy, T x, T mu, T s, T gamma) { return -pow(s, 3) * sum(dy * gamma * (x - mu), {0}); }},
      {"dvariance", "the sign is wrong: a larger variance makes x̂ smaller",
       [](T dy, T x, T mu, T s, T gamma) { return 0.5 * pow(s, 3) * sum(dy * gamma * (x - mu), {0}); }},
      {"dvariance", "s is of the wrong power: the derivative of (variance + eps)^(-1/2) has another exponent",
       [](T dy, T x, T mu, T s, T gamma) { return -0.5 * s * sum(dy * gamma * (x - mu), {0}); }},
      {"dvariance", "s is of the wrong power: one factor s too few",
       [](T dy, T x, T mu, T s, T gamma) { return -0.5 * s * s * sum(dy * gamma * (x - mu), {0}); }},
      {"dvariance", "x̂ stands where x - mu belongs: its s is there twice",
       [](T dy, T x, T mu, T s, T gamma) { return -0.5 * pow(s, 4) * sum(dy * gamma * (x - mu), {0}); }},
      {"dvariance", "averaged over the batch instead of added",
       [](T dy, T x, T mu, T s, T gamma) { return -0.5 * pow(s, 3) * mean(dy * gamma * (x - mu), {0}); }},
      {"dvariance", "gamma is missing: dy is used where dxhat belongs",
       [](T dy, T x, T mu, T s, T gamma) { return -0.5 * pow(s, 3) * sum(dy * (x - mu), {0}); }},
      {"dvariance", "x - mu is missing",
       [](T dy, T x, T mu, T s, T gamma) { return -0.5 * pow(s, 3) * sum(dy * gamma, {0}); }},
      {"dvariance", "x is used where x - mu belongs",
       [](T dy, T x, T mu, T s, T gamma) { return -0.5 * pow(s, 3) * sum(dy * gamma * x, {0}); }},
      {"dmu", "the sign is wrong: a larger mean makes x̂ smaller",
       [](T dy, T x, T mu, T s, T gamma) { return s * sum(dy * gamma, {0}); }},
      {"dmu", "averaged over the batch instead of added",
       [](T dy, T x, T mu, T s, T gamma) { return -s * mean(dy * gamma, {0}); }},
      {"dmu", "s is missing", [](T dy, T x, T mu, T s, T gamma) { return -sum(dy * gamma, {0}); }},
      {"dmu", "gamma is missing: dy is used where dxhat belongs",
       [](T dy, T x, T mu, T s, T gamma) { return -s * sum(dy, {0}); }},
      {"dmu", "the way by the variance is not 0 here: the factor Σ (x - mu) is a sum by itself, not part of another",
       [](T dy, T x, T mu, T s, T gamma) {
         return -s * sum(dy * gamma, {0}) + pow(s, 3) * sum(dy * gamma * (x - mu) * (x - mu), {0}) / rows(x);
       }},
      {"dmu", "the way by the variance is not 0 here: was x summed where x - mu should be?",
       [](T dy, T x, T mu, T s, T gamma) {
         return -s * sum(dy * gamma, {0}) - solution(dy, x, mu, s, gamma)[1] * 2 * mean(x, {0});
       }},
      {"dx", "the way by the variance is missing", ways(one, one, none)},
      {"dx", "the way by the mean is missing", ways(one, none, one)},
      {"dx", "the direct way is missing", ways(none, one, one)},
      {"dx", "only the direct way: mu and the variance were taken for constants", ways(one, none, none)},
      {"dx", "the direct way's factor s is missing",
       [](T dy, T x, T mu, T s, T gamma) { return dy * gamma * (1 - s) + solution(dy, x, mu, s, gamma)[3]; }},
      {"dx", "dmu is off by a factor of m: x is one of the m values in the mean", ways(one, times_m, one)},
      {"dx", "dvariance's way is off by a factor of m", ways(one, one, times_m)},
      {"dx", "dvariance's way is off by a factor of 2: the square's", ways(one, one, half)},
      {"dx", "dmu and dvariance's way are both off by a factor of m", ways(one, times_m, times_m)},
      {"dx", "m - 1 where the forward has m", ways(one, one, [](Scalar m) { return m / (m - 1); })},
      {"dgamma", "x̂ is missing: this is what dbeta should be",
       [](T dy, T x, T mu, T s, T gamma) { return sum(dy, {0}); }},
      {"dgamma", "not summed over the batch, of which every sample used gamma",
       [](T dy, T x, T mu, T s, T gamma) { return dy * (x - mu) * s; }},
      {"dgamma", "averaged over the batch instead of added",
       [](T dy, T x, T mu, T s, T gamma) { return mean(dy * (x - mu) * s, {0}); }},
      {"dgamma", "x is used where x̂ belongs", [](T dy, T x, T mu, T s, T gamma) { return sum(dy * x, {0}); }},
      {"dgamma", "x - mu is used where x̂ belongs",
       [](T dy, T x, T mu, T s, T gamma) { return sum(dy * (x - mu), {0}); }},
      {"dbeta", "multiplied by x̂: this is what dgamma should be",
       [](T dy, T x, T mu, T s, T gamma) { return sum(dy * (x - mu) * s, {0}); }},
      {"dbeta", "not summed over the batch, of which every sample used beta",
       [](T dy, T x, T mu, T s, T gamma) { return dy; }},
      {"dbeta", "averaged over the batch instead of added",
       [](T dy, T x, T mu, T s, T gamma) { return mean(dy, {0}); }},
      {"dbeta", "multiplied by gamma: beta is added after it",
       [](T dy, T x, T mu, T s, T gamma) { return sum(dy * gamma, {0}); }},
  };
}

}  // namespace

Exercise staged_batch_norm_exercise() {
  std::vector<Case> cases;
  for (const Shape& shape : {Shape{4, 3}, Shape{5, 2}}) {
    const BatchNormCase numbers = batch_norm_case(shape);
    const auto& [dy, x, gamma, beta, mu, variance, s, xhat] = numbers;
    cases.push_back({{dy, x, mu, s, gamma}, {dy, x, gamma, beta, xhat, variance, mu}});
  }
  return {
      .name = "staged_batch_norm",
      .question = "How does one go backwards through a long formula without getting lost?",
      .operands = {"dy", "x", "mu", "s", "gamma"},
      .outputs = {{"dxhat", 4, [](V in) { return loss_of_xhat(in, in[4]); }},
                  {"dvariance", 5, [](V in) { return loss_of_variance(in, in[6], in[5]); }},
                  {"dmu", 6, [](V in) { return loss_of_mu(in, in[6]); }},
                  {"dx", 1},
                  {"dgamma", 2},
                  {"dbeta", 3}},
      .cases = cases,
      .answer = staged_batch_norm_backward,
      .solution = solution,
      .mistakes = stage_mistakes(),
      .loss = loss_of_x,
  };
}

}  // namespace gradus::exercises
