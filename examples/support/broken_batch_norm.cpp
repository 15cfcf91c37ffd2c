#include <gradus/core/error.h>
#include <gradus/examples/support/broken_batch_norm.h>

#include <array>
#include <utility>

namespace gradus::examples {
namespace {

constexpr std::array<BugDescription, 18> all_bugs = {{
    {Bug::none, "none", "dx = γ s (g − Σg/m − x̂ Σgx̂/m), dγ = Σgx̂, dβ = Σg"},
    {Bug::mean_term_forgotten, "mean term forgotten", "dx = γ s (g − x̂ Σgx̂/m)"},
    {Bug::xhat_term_forgotten, "x̂ term forgotten", "dx = γ s (g − Σg/m)"},
    {Bug::both_terms_forgotten, "eval formula while training", "dx = γ s g"},
    {Bug::first_term_over_m, "first term over m", "dx = γ s (g/m − Σg/m − x̂ Σgx̂/m)"},
    {Bug::division_by_m_forgotten, "1/m forgotten", "dx = γ s (g − Σg − x̂ Σgx̂)"},
    {Bug::one_less_than_m, "m − 1 in the backward only", "dx = γ s (g − Σg/m − x̂ Σgx̂/(m − 1))"},
    {Bug::sign_of_the_last_term, "sign of the last term", "dx = γ s (g − Σg/m + x̂ Σgx̂/m)"},
    {Bug::index_renamed, "index renamed", "dx_i = γ s (g_i − Σ_k g_k/m − Σ_k g_k x̂_k x̂_k/m)"},
    {Bug::s_forgotten, "s forgotten", "dx = γ (g − Σg/m − x̂ Σgx̂/m)"},
    {Bug::s_squared, "s squared", "dx = γ s² (g − Σg/m − x̂ Σgx̂/m)"},
    {Bug::eps_forgotten, "ε forgotten", "s = (σ²)^(−1/2) in dx and dγ"},
    {Bug::gamma_forgotten, "γ forgotten", "dx = s (g − Σg/m − x̂ Σgx̂/m)"},
    {Bug::zero_returned, "zero returned", "dx = 0"},
    {Bug::dgamma_without_xhat, "dγ without x̂", "dγ = Σg"},
    {Bug::dbeta_averaged, "dβ averaged", "dβ = Σg/m"},
    {Bug::gradient_overwritten, "gradient overwritten", "dγ replaces the gradient of γ where it should add to it"},
    {Bug::statistics_shared, "statistics shared", "μ and σ² of the layer's last forward, not of the node's own"},
}};

Scalar batch_size(const Tensor& x) { return static_cast<Scalar>(x.size(0)); }

Tensor inverse_deviation(const Tensor& variance, Scalar eps) { return Scalar(1) / sqrt(variance + eps); }

// Equation 11 in pieces, of which each bug spoils one. (In evaluation only the first term is left, equation 22.)
Tensor input_gradient(Bug bug, bool training, const Tensor& g, const Tensor& xhat, const Tensor& gamma,
                      const Tensor& s) {
  const Scalar m = batch_size(g);
  if (!training) return gamma * s * g;
  Tensor factor = gamma * s;                            // [c]
  Tensor arrived = g;                                   // [m, c]
  Tensor mean = sum(g, {0}) / m;                        // [c]
  Tensor along_xhat = xhat * (sum(g * xhat, {0}) / m);  // [m, c]
  switch (bug) {
    case Bug::mean_term_forgotten:
      mean = mean * 0;
      break;
    case Bug::xhat_term_forgotten:
      along_xhat = along_xhat * 0;
      break;
    case Bug::both_terms_forgotten:
      mean = mean * 0;
      along_xhat = along_xhat * 0;
      break;
    case Bug::first_term_over_m:
      arrived = arrived / m;
      break;
    case Bug::division_by_m_forgotten:
      mean = mean * m;
      along_xhat = along_xhat * m;
      break;
    case Bug::one_less_than_m:
      along_xhat = along_xhat * (m / (m - 1));
      break;
    case Bug::sign_of_the_last_term:
      along_xhat = -along_xhat;
      break;
    case Bug::index_renamed:
      along_xhat = sum(g * xhat * xhat, {0}) / m;
      break;
    case Bug::s_forgotten:
      factor = gamma;
      break;
    case Bug::s_squared:
      factor = gamma * s * s;
      break;
    case Bug::gamma_forgotten:
      factor = s;
      break;
    case Bug::zero_returned:
      factor = factor * 0;
      break;
    default:
      break;
  }
  return factor * (arrived - mean - along_xhat);
}

}  // namespace

std::span<const BugDescription> bugs() { return all_bugs; }

BrokenBatchNorm1d::BrokenBatchNorm1d(std::int64_t channels, Bug bug, Scalar eps)
    : bug_(bug),
      eps_(eps),
      gamma_(register_parameter("weight", Tensor::full({channels}, 1))),
      beta_(register_parameter("bias", Tensor::zeros({channels}))),
      running_mean_(register_buffer("running_mean", Tensor::zeros({channels}))),
      running_var_(register_buffer("running_var", Tensor::full({channels}, 1))),
      batches_(register_counter("num_batches_tracked", 0)),
      of_last_forward_(std::make_shared<Statistics>()) {}

// Those of the batch while training, which move the running estimates; the estimates in evaluation.
BrokenBatchNorm1d::Statistics BrokenBatchNorm1d::statistics(const Tensor& x) {
  if (!training()) return {running_mean_, running_var_};
  const Tensor mu = mean(x, {0}), deviation = x - mu;
  const Tensor variance = mean(deviation * deviation, {0});
  const Scalar p = Scalar(0.1), m = batch_size(x);
  running_mean_ = running_mean_ * (1 - p) + mu * p;
  running_var_ = running_var_ * (1 - p) + variance * (p * m / (m - 1));
  ++batches_;
  return {mu, variance};
}

Variable BrokenBatchNorm1d::forward(const Variable& x) {
  if (x.rank() != 2 || x.shape()[1] != gamma_.shape()[0] || (training() && x.size(0) < 2)) {
    fail("broken_batch_norm", "needs x [n, ", gamma_.shape()[0], "] with n > 1 when training, got ", x.shape());
  }
  const Statistics own = statistics(x.value());
  *of_last_forward_ = own;
  const Tensor xhat = (x.value() - own.mu) * inverse_deviation(own.variance, eps_);
  const Tensor y = xhat * gamma_.value() + beta_.value();

  const Variable gamma = gamma_, beta = beta_;
  return record("broken_batch_norm", {x, gamma, beta}, y,
                [bug = bug_, training = training(), eps = eps_, x = x.value(), own, shared = of_last_forward_,
                 gamma = gamma_.share()](const Tensor& g, Gradients& d) mutable {
                  const auto& [mu, variance] = bug == Bug::statistics_shared ? *shared : own;
                  const Tensor s = inverse_deviation(variance, bug == Bug::eps_forgotten ? 0 : eps);
                  const Tensor normalized = (x - mu) * s;
                  d.add(0, input_gradient(bug, training, g, normalized, gamma.value(), s));
                  const Tensor dgamma = sum(bug == Bug::dgamma_without_xhat ? g : g * normalized, {0});
                  if (bug == Bug::gradient_overwritten) {
                    gamma.set_grad(dgamma);
                  } else {
                    d.add(1, dgamma);
                  }
                  d.add(2, bug == Bug::dbeta_averaged ? sum(g, {0}) / batch_size(g) : sum(g, {0}));
                });
}

std::string BrokenBatchNorm1d::describe() const {
  return text("BrokenBatchNorm1d(", gamma_.shape()[0], ", ", all_bugs[static_cast<std::size_t>(bug_)].name, ")");
}

}  // namespace gradus::examples
