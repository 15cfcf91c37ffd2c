#include <gradus/examples/exercises/key/tables.h>

namespace gradus::exercises {
namespace {

constexpr Scalar kEps = 0.01;

Tensor row_mean(const Tensor& x) { return mean(x, {1}, Reduced::kept); }

Variable layer_norm_loss(V in) {
  const Variable deviation = in[1] - mean(in[1], {1}, Reduced::kept);
  const Variable variance = mean(deviation * deviation, {1}, Reduced::kept);
  return sum((deviation / sqrt(variance + kEps) * in[2] + in[3]) * in[0]);
}

// dx from g = dy gamma.
Backward of_g(Tensor (*dx)(T g, T xhat, T s)) {
  return Backward([dx](const Case& numbers) {
    const Tensors& in = numbers.operands;
    return Tensors{dx(in[0] * in[3], in[1], in[2])};
  });
}

std::vector<Mistake> layer_norm_mistakes() {
  return {
      {"dx", "the mean term is missing", of_g([](T g, T xhat, T s) { return s * (g - xhat * row_mean(g * xhat)); })},
      {"dx", "the x̂ term is missing: x reaches the loss by the variance too",
       of_g([](T g, T xhat, T s) { return s * (g - row_mean(g)); })},
      {"dx", "both mean terms are missing: mu and s were taken for constants",
       [](T dy, T xhat, T s, T gamma) { return s * dy * gamma; }},
      {"dx", "gamma is missing",
       [](T dy, T xhat, T s, T gamma) { return s * (dy - row_mean(dy) - xhat * row_mean(dy * xhat)); }},
      {"dx", "gamma is outside of the means, but it differs within a row: it belongs to dy",
       [](T dy, T xhat, T s, T gamma) { return gamma * s * (dy - row_mean(dy) - xhat * row_mean(dy * xhat)); }},
      {"dx", "the factor s is missing",
       of_g([](T g, T xhat, T s) { return g - row_mean(g) - xhat * row_mean(g * xhat); })},
      {"dx", "the means were taken over the wrong axis: each row is normalized by itself",
       of_g([](T g, T xhat, T s) { return s * (g - mean(g, {0}) - xhat * mean(g * xhat, {0})); })},
      {"dx", "sums where means belong: the terms are off by a factor of c", of_g([](T g, T xhat, T s) {
         return s * (g - sum(g, {1}, Reduced::kept) - xhat * sum(g * xhat, {1}, Reduced::kept));
       })},
      {"dx", "the sign of the x̂ term is wrong",
       of_g([](T g, T xhat, T s) { return s * (g - row_mean(g) + xhat * row_mean(g * xhat)); })},
      {"dx", "the sign of the mean term is wrong",
       of_g([](T g, T xhat, T s) { return s * (g + row_mean(g) - xhat * row_mean(g * xhat)); })},
      {"dx", "the x̂ in front of its mean is missing, or was renamed into the sum",
       of_g([](T g, T xhat, T s) { return s * (g - row_mean(g) - row_mean(g * xhat)); })},
      {"dx", "the x̂ in front of its mean was renamed into the sum: it belongs to the x whose gradient is wanted",
       of_g([](T g, T xhat, T s) { return s * (g - row_mean(g) - row_mean(g * xhat * xhat)); })},
      {"dgamma", "x̂ is missing: this is what dbeta should be", [](T dy, T xhat, T s, T gamma) { return sum(dy, {0}); }},
      {"dgamma", "not summed over the rows, which all used gamma",
       [](T dy, T xhat, T s, T gamma) { return dy * xhat; }},
      {"dgamma", "summed over the wrong axis", [](T dy, T xhat, T s, T gamma) { return sum(dy * xhat, {1}); }},
      {"dgamma", "averaged over the rows instead of added: off by a factor of n",
       [](T dy, T xhat, T s, T gamma) { return mean(dy * xhat, {0}); }},
      {"dgamma", "multiplied by gamma: how much y changes with gamma does not depend on gamma",
       [](T dy, T xhat, T s, T gamma) { return sum(dy * gamma * xhat, {0}); }},
      {"dbeta", "multiplied by x̂: this is what dgamma should be",
       [](T dy, T xhat, T s, T gamma) { return sum(dy * xhat, {0}); }},
      {"dbeta", "not summed over the rows, which all used beta", [](T dy, T xhat, T s, T gamma) { return dy; }},
      {"dbeta", "summed over the wrong axis", [](T dy, T xhat, T s, T gamma) { return sum(dy, {1}); }},
      {"dbeta", "averaged over the rows instead of added: off by a factor of n",
       [](T dy, T xhat, T s, T gamma) { return mean(dy, {0}); }},
      {"dbeta", "multiplied by gamma: beta is added after it",
       [](T dy, T xhat, T s, T gamma) { return sum(dy * gamma, {0}); }},
  };
}

}  // namespace

Exercise layer_norm_exercise() {
  const auto operands = [](Operands in) -> Tensors {
    const Tensor deviation = in[1] - row_mean(in[1]), s = 1 / sqrt(row_mean(deviation * deviation) + kEps);
    return {in[0], deviation * s, s, in[2]};
  };
  return {
      .name = "layer_norm",
      .question = "What does normalizing take out of a gradient?",
      .operands = {"dy", "xhat", "s", "gamma"},
      .outputs = {{"dx", 1}, {"dgamma", 2}, {"dbeta", 3}},
      .cases =
          random_cases({{{4, 3}, {4, 3}, {3}, {3}}, {{5, 4}, {5, 4}, {4}, {4}}, {{3, 3}, {3, 3}, {3}, {3}}}, operands),
      .answer = layer_norm_backward,
      // Equation 10 of layers/batch_norm.md along the other axis; gamma differs within a row, so it stays with dy.
      .solution =
          [](T dy, T xhat, T s, T gamma) {
            const Tensor g = dy * gamma, dx = s * (g - row_mean(g) - xhat * row_mean(g * xhat));
            return Gradients3{dx, sum(dy * xhat, {0}), sum(dy, {0})};
          },
      .mistakes = layer_norm_mistakes(),
      .loss = layer_norm_loss,
  };
}

}  // namespace gradus::exercises
