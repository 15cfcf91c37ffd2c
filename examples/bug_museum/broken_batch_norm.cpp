#include <gradus/core/error.h>
#include <gradus/examples/bug_museum/broken_batch_norm.h>

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

// Equation 11 in pieces, of which a bug spoils one.
BatchNormGradients gradients(Bug bug, const Tensor& g, const BatchNormSaved& saved) {
  using enum Bug;
  const auto& [x, axes, m, mu, sigma2, right_s, gamma] = saved;
  const Tensor s = bug == eps_forgotten ? 1 / sqrt(sigma2) : right_s;
  const Tensor xhat = (x - mu) * s;
  Tensor factor = gamma * s;                             // [1, c]
  Tensor arrived = g;                                    // [m, c]
  Tensor mean = saved.sum(g) / m;                        // [1, c]
  Tensor along_xhat = xhat * (saved.sum(g * xhat) / m);  // [m, c]
  Tensor dgamma = saved.sum(g * xhat), dbeta = saved.sum(g);
  if (bug == mean_term_forgotten || bug == both_terms_forgotten) mean = 0;
  if (bug == xhat_term_forgotten || bug == both_terms_forgotten) along_xhat = 0;
  if (bug == first_term_over_m) arrived = arrived / m;
  if (bug == division_by_m_forgotten) {
    mean = mean * m;
    along_xhat = along_xhat * m;
  }
  if (bug == one_less_than_m) along_xhat = along_xhat * (m / (m - 1));
  if (bug == sign_of_the_last_term) along_xhat = -along_xhat;
  if (bug == index_renamed) along_xhat = saved.sum(g * xhat * xhat) / m;
  if (bug == s_forgotten) factor = gamma;
  if (bug == s_squared) factor = gamma * s * s;
  if (bug == gamma_forgotten) factor = s;
  if (bug == zero_returned) factor = 0;
  if (bug == dgamma_without_xhat) dgamma = saved.sum(g);
  if (bug == dbeta_averaged) dbeta = dbeta / m;
  return {factor * (arrived - mean - along_xhat), dgamma, dbeta};
}

}  // namespace

std::span<const BugDescription> bugs() { return all_bugs; }

BrokenBatchNorm1d::BrokenBatchNorm1d(std::int64_t channels, Bug bug, Scalar eps)
    : BatchNormWithBackward(channels, {.eps = eps}), bug_(bug), last_x_(std::make_shared<Tensor>()) {}

Variable BrokenBatchNorm1d::forward(const Variable& x) {
  if (!training()) return BatchNorm1d::forward(x);
  *last_x_ = x.value();
  const auto weight = std::make_shared<Parameter>(gamma()->share());
  return forward_with(
      x, [bug = bug_, eps = options().eps, last_x = last_x_, weight](const Tensor& g, const BatchNormSaved& own) {
        BatchNormSaved saved = own;
        if (bug == Bug::statistics_shared) {
          const BatchNormSaved last(*last_x, eps);
          saved.mu = last.mu;
          saved.s = last.s;
        }
        BatchNormGradients result = gradients(bug, g, saved);
        if (bug == Bug::gradient_overwritten) weight->set_grad(std::exchange(result.dgamma, Tensor()).reshape({-1}));
        return result;
      });
}

std::string BrokenBatchNorm1d::describe() const {
  return text("BrokenBatchNorm1d(", channels(), ", ", all_bugs[static_cast<std::size_t>(bug_)].name, ")");
}

}  // namespace gradus::examples
