// Compiled for double.
#include <gradus/examples/bug_museum/broken_batch_norm.h>
#include <gradus/examples/bug_museum/checks.h>
#include <gradus/examples/mutate/checks.h>
#include <gradus/layers/gradcheck.h>

#include <algorithm>
#include <cmath>

namespace gradus::examples {
namespace {

constexpr std::int64_t n = 8, channels = 4;
constexpr double eps = 1e-5;

// Gamma and beta are not 1 and 0, where mistakes hide.
BrokenBatchNorm1d trained_layer(Bug bug, std::uint64_t seed) {
  Rng rng(seed);
  BrokenBatchNorm1d layer(channels, bug, eps);
  for (Parameter* p : layer.parameters()) p->set_value(rng.uniform(p->shape(), 0.5, 2));
  return layer;
}

double largest(const Tensor& t) {
  double result = 0;
  for (const double x : t.values()) result = std::max(result, std::abs(x));
  return result;
}

// Whether the sums of a and b over the batch, [channels] each, differ by more than rounding.
bool differ(const Tensor& a, const Tensor& b, const Tensor& terms) {
  return largest((a - b) / (sum(sqrt(terms * terms), {0}) + sqrt(b * b) + 1e-30)) > kObjection;
}

// Equations 15 to 17 of layers/batch_norm.md, from what the backward returned and nothing else.
void check_invariants(BrokenBatchNorm1d& layer, const Tensor& x, const Tensor& g, bool broken[3]) {
  const Tensor gamma = layer.gamma()->value();
  const Tensor deviation = x - mean(x, {0});
  const Tensor variance = mean(deviation * deviation, {0});
  const Tensor s = Tensor(1.0) / sqrt(variance + eps);
  const Tensor xhat = deviation * s;
  const auto dx = [&](const Tensor& dy) {
    layer.zero_grad();
    Tape tape;
    const Variable input = tape.variable(x);
    tape.backward(layer(input), dy);
    return input.grad();
  };
  const Tensor from_g = dx(g);
  const Tensor dgamma = layer.gamma()->grad();
  const Tensor expected = gamma * s * dgamma * eps / (variance + eps);
  broken[0] |= differ(sum(from_g, {0}), Tensor::zeros({channels}), from_g);  // (15)
  broken[1] |= differ(sum(from_g * xhat, {0}), expected, from_g * xhat);     // (16)
  const Tensor from_ones = dx(Tensor::full(g.shape(), 1));
  broken[2] |= largest(from_ones / (gamma * s)) > kObjection;  // (17)
}

Findings examine(Bug bug, std::uint64_t seed) {
  Rng rng(seed);
  const Tensor x = rng.normal({n, channels});
  const Tensor near_eps = x * std::sqrt(eps);
  const Tensor weights = rng.normal({n, channels});
  const auto random = [&](const Variable& y) { return sum(y * y.tape()->input(weights)); };

  BrokenBatchNorm1d layer = trained_layer(bug, seed + 1);
  Findings findings;
  const LayerFunction f = [&](const Variable& v) { return layer(v); };
  findings.sum = gradient_error(layer, f, x, [](const Variable& y) { return sum(y); });
  findings.sum_of_squares = gradient_error(layer, f, x, [](const Variable& y) { return sum(y * y); });
  findings.random = gradient_error(layer, f, x, random);
  findings.near_eps = gradient_error(layer, f, near_eps, random);

  bool broken[3] = {false, false, false};
  check_invariants(layer, x, weights, broken);
  check_invariants(layer, near_eps, weights, broken);
  for (int i = 0; i < 3; ++i) {
    if (!broken[i]) continue;
    if (!findings.invariants.empty()) findings.invariants += ' ';
    findings.invariants += std::to_string(15 + i);
  }
  findings.gradcheck = !gradcheck(layer, x).ok;
  BrokenBatchNorm1d new_layer(channels, bug, eps);
  findings.gradcheck_new = !gradcheck(new_layer, x).ok;
  return findings;
}

}  // namespace

std::vector<Findings> run_checks(std::uint64_t seed) {
  std::vector<Findings> all;
  for (const auto& [bug, name, formula] : bugs()) {
    all.push_back(examine(bug, seed));
    all.back().name = name;
    all.back().formula = formula;
  }
  return all;
}

}  // namespace gradus::examples
