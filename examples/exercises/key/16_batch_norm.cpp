#include <gradus/examples/exercises/key/tables.h>

namespace gradus::exercises {
namespace {

std::vector<Mistake> batch_norm_mistakes() {
  return {
      {"dx", "the mean term is missing",
       [](T g, T xhat, T s, T gamma) { return gamma * s * (g - xhat * mean(g * xhat, {0})); }},
      {"dx", "the x̂ term is missing: x reaches the loss by the variance too",
       [](T g, T xhat, T s, T gamma) { return gamma * s * (g - mean(g, {0})); }},
      {"dx", "both mean terms are missing: that is the formula of evaluation, where mu and s are constants",
       [](T g, T xhat, T s, T gamma) { return gamma * s * g; }},
      {"dx", "the first term is divided by m too: only the other two are means",
       [](T g, T xhat, T s, T gamma) {
         const Scalar m = Scalar(g.size(0));
         return gamma * s * (g / m - mean(g, {0}) - xhat * mean(g * xhat, {0}));
       }},
      {"dx", "sums where means belong: the last two terms are off by a factor of m",
       [](T g, T xhat, T s, T gamma) { return gamma * s * (g - sum(g, {0}) - xhat * sum(g * xhat, {0})); }},
      {"dx", "the x̂ term is off by a factor of m: a sum where a mean belongs",
       [](T g, T xhat, T s, T gamma) { return gamma * s * (g - mean(g, {0}) - xhat * sum(g * xhat, {0})); }},
      {"dx", "the mean term is off by a factor of m: a sum where a mean belongs",
       [](T g, T xhat, T s, T gamma) { return gamma * s * (g - sum(g, {0}) - xhat * mean(g * xhat, {0})); }},
      {"dx", "m - 1 where the forward has m: it normalizes with the biased variance",
       [](T g, T xhat, T s, T gamma) {
         const Scalar m = Scalar(g.size(0));
         return gamma * s * (g - mean(g, {0}) - xhat * sum(g * xhat, {0}) / (m - 1));
       }},
      {"dx", "the sign of the x̂ term is wrong",
       [](T g, T xhat, T s, T gamma) { return gamma * s * (g - mean(g, {0}) + xhat * mean(g * xhat, {0})); }},
      {"dx", "the sign of the mean term is wrong",
       [](T g, T xhat, T s, T gamma) { return gamma * s * (g + mean(g, {0}) - xhat * mean(g * xhat, {0})); }},
      {"dx",
       "an index was renamed: the x̂ in front of the sum belongs to the sample whose gradient is wanted and stays "
       "outside",
       [](T g, T xhat, T s, T gamma) { return gamma * s * (g - mean(g, {0}) - mean(g * xhat * xhat, {0})); }},
      {"dx", "the x̂ in front of the last sum is missing",
       [](T g, T xhat, T s, T gamma) { return gamma * s * (g - mean(g, {0}) - mean(g * xhat, {0})); }},
      {"dx", "the factor s is missing",
       [](T g, T xhat, T s, T gamma) { return gamma * (g - mean(g, {0}) - xhat * mean(g * xhat, {0})); }},
      {"dx", "s is squared",
       [](T g, T xhat, T s, T gamma) { return gamma * s * s * (g - mean(g, {0}) - xhat * mean(g * xhat, {0})); }},
      {"dx", "divided by s: s is one over the deviation",
       [](T g, T xhat, T s, T gamma) { return gamma / s * (g - mean(g, {0}) - xhat * mean(g * xhat, {0})); }},
      {"dx", "gamma is missing",
       [](T g, T xhat, T s, T gamma) { return s * (g - mean(g, {0}) - xhat * mean(g * xhat, {0})); }},
      {"dx", "the means were taken over the wrong axis: that is layer normalization",
       [](T g, T xhat, T s, T gamma) {
         return gamma * s * (g - mean(g, {1}, Reduced::kept) - xhat * mean(g * xhat, {1}, Reduced::kept));
       }},
      {"dx", "gamma is in it twice",
       [](T g, T xhat, T s, T gamma) { return gamma * gamma * s * (g - mean(g, {0}) - xhat * mean(g * xhat, {0})); }},
      {"dgamma", "x̂ is missing: this is what dbeta should be", [](T g, T xhat, T s, T gamma) { return sum(g, {0}); }},
      {"dgamma", "not summed over the batch, of which every sample used gamma",
       [](T g, T xhat, T s, T gamma) { return g * xhat; }},
      {"dgamma", "averaged over the batch instead of added: off by a factor of m",
       [](T g, T xhat, T s, T gamma) { return mean(g * xhat, {0}); }},
      {"dgamma", "summed over the wrong axis", [](T g, T xhat, T s, T gamma) { return sum(g * xhat, {1}); }},
      {"dgamma", "overwritten instead of added: only the last sample is left",
       [](T g, T xhat, T s, T gamma) { return (g * xhat).rows(g.size(0) - 1, g.size(0)).reshape(gamma.shape()); }},
      {"dbeta", "multiplied by x̂: this is what dgamma should be",
       [](T g, T xhat, T s, T gamma) { return sum(g * xhat, {0}); }},
      {"dbeta", "not summed over the batch, of which every sample used beta",
       [](T g, T xhat, T s, T gamma) { return g; }},
      {"dbeta", "averaged over the batch instead of added: off by a factor of m",
       [](T g, T xhat, T s, T gamma) { return mean(g, {0}); }},
      {"dbeta", "summed over the wrong axis", [](T g, T xhat, T s, T gamma) { return sum(g, {1}); }},
      {"dbeta", "multiplied by gamma: beta is added after it",
       [](T g, T xhat, T s, T gamma) { return sum(g * gamma, {0}); }},
  };
}

Variable batch_norm_loss(V in) {
  const Variable deviation = in[1] - mean(in[1], {0});
  const Variable variance = mean(deviation * deviation, {0});
  return sum((deviation / sqrt(variance + kBatchNormEps) * in[2] + in[3]) * in[0]);
}

}  // namespace

BatchNormCase batch_norm_case(const Shape& shape) {
  const std::vector<Tensor> tensors = normal_tensors({shape, shape, {shape[1]}, {shape[1]}});
  BatchNormCase numbers{.dy = tensors[0], .x = tensors[1], .gamma = tensors[2], .beta = tensors[3]};
  numbers.mu = mean(numbers.x, {0});
  const Tensor deviation = numbers.x - numbers.mu;
  numbers.variance = mean(deviation * deviation, {0});
  numbers.s = 1 / sqrt(numbers.variance + kBatchNormEps);
  numbers.xhat = deviation * numbers.s;
  return numbers;
}

Exercise batch_norm_exercise() {
  std::vector<Case> cases;
  for (const Shape& shape : {Shape{4, 3}, Shape{5, 2}}) {
    const auto& [dy, x, gamma, beta, mu, variance, s, xhat] = batch_norm_case(shape);
    cases.push_back({{dy, xhat, s, gamma}, {dy, x, gamma, beta}});
  }
  return {
      .name = "batch_norm",
      .question = "What is left of all those stages in the end?",
      .operands = {"dy", "xhat", "s", "gamma"},
      .outputs = {{"dx", 1}, {"dgamma", 2}, {"dbeta", 3}},
      .cases = cases,
      .answer = batch_norm_backward,
      // Equations 10, S5 and S6 of layers/batch_norm.md.
      .solution =
          [](T dy, T xhat, T s, T gamma) {
            const Tensor dx = gamma * s * (dy - mean(dy, {0}) - xhat * mean(dy * xhat, {0}));
            return Gradients3{dx, sum(dy * xhat, {0}), sum(dy, {0})};
          },
      .mistakes = batch_norm_mistakes(),
      .loss = batch_norm_loss,
  };
}

}  // namespace gradus::exercises
