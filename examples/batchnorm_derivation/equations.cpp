#include <gradus/examples/batchnorm_derivation/equations.h>

#include <cmath>
#include <cstddef>

namespace batchnorm_derivation {

namespace {

using Index = std::size_t;

// Has the letters of the page, so that each equation reads as it does there.
struct Page : Feature, Forward {
  explicit Page(const Feature& feature) : Feature(feature), Forward(feature) {}

  // The sum of term(k) over the batch.
  template <class Term>
  double sum(Term term) const {
    double total = 0.0;
    for (Index k = 0; k < x.size(); ++k) total += term(k);
    return total;
  }

  static constexpr std::string_view formula_staged =
      "dx̂_k = g_k γ\n"
      "dσ²  = −½ (σ² + ε)^(−3/2) Σ_k dx̂_k (x_k − μ)\n"
      "dμ   = −s Σ_k dx̂_k + dσ² · −2/m Σ_j (x_j − μ)\n"
      "dx_i = dx̂_i s + 1/m dμ + 2/m (x_i − μ) dσ²";

  std::vector<double> staged() const {
    std::vector<double> dxhat;  // [m]
    for (const double g_k : g) dxhat.push_back(g_k * gamma);
    const double dvariance =
        -0.5 * std::pow(variance + eps, -1.5) * sum([&](Index k) { return dxhat[k] * (x[k] - mu); });
    const double dmu =
        -s * sum([&](Index k) { return dxhat[k]; }) + dvariance * (-2.0 / m) * sum([&](Index j) { return x[j] - mu; });
    std::vector<double> dx;  // [m]
    for (Index i = 0; i < x.size(); ++i) {
      dx.push_back(dxhat[i] * s + 1.0 / m * dmu + 2.0 / m * (x[i] - mu) * dvariance);
    }
    return dx;
  }

  static constexpr std::string_view formula_1 =
      "dx_i = dx̂_i ∂x̂_i/∂x_i\n"
      "     + [ ∂μ/∂x_i Σ_k dx̂_k ∂x̂_k/∂μ\n"
      "       + ∂μ/∂x_i Σ_k dx̂_k ∂x̂_k/∂σ² ∂σ²/∂μ ]\n"
      "     + ∂σ²/∂x_i Σ_k dx̂_k ∂x̂_k/∂σ²";

  double equation_1(Index i) const {
    const double dy_dxhat = gamma;                                                                             // P1
    const double dxhat_dx = s;                                                                                 // P2
    const double dxhat_dmu = -s;                                                                               // P3
    const auto dxhat_dvariance = [&](Index k) { return -0.5 * (x[k] - mu) / std::pow(variance + eps, 1.5); };  // P4
    const double dmu_dx = 1.0 / m;                                                                             // P5
    const auto dvariance_dmu = [&] { return -2.0 / m * sum([&](Index j) { return x[j] - mu; }); };             // P6
    const double dvariance_dx = 2.0 / m * (x[i] - mu);                                                         // P7
    const auto dxhat = [&](Index k) { return g[k] * dy_dxhat; };                                               // S1

    const double direct = dxhat(i) * dxhat_dx;
    const double by_mu = dmu_dx * sum([&](Index k) { return dxhat(k) * dxhat_dmu; });
    const double by_mu_and_variance =
        dmu_dx * sum([&](Index k) { return dxhat(k) * dxhat_dvariance(k) * dvariance_dmu(); });
    const double by_variance = dvariance_dx * sum([&](Index k) { return dxhat(k) * dxhat_dvariance(k); });
    return direct + (by_mu + by_mu_and_variance) + by_variance;
  }

  static constexpr std::string_view formula_2 =
      "dx_i = g_i γ (σ² + ε)^(−1/2)\n"
      "     + [ 1/m Σ_k g_k γ · −(σ² + ε)^(−1/2)\n"
      "       + 1/m Σ_k g_k γ · −½ (x_k − μ) (σ² + ε)^(−3/2) · (−2/m Σ_j (x_j − μ)) ]\n"
      "     + 2/m (x_i − μ) Σ_k g_k γ · −½ (x_k − μ) (σ² + ε)^(−3/2)";

  double equation_2(Index i) const {
    const auto power = [&](double exponent) { return std::pow(variance + eps, exponent); };
    const auto nested = [&] { return -2.0 / m * sum([&](Index j) { return x[j] - mu; }); };
    const double direct = g[i] * gamma * power(-0.5);
    const double by_mu = 1.0 / m * sum([&](Index k) { return g[k] * gamma * -power(-0.5); });
    const double by_mu_and_variance =
        1.0 / m * sum([&](Index k) { return g[k] * gamma * -0.5 * (x[k] - mu) * power(-1.5) * nested(); });
    const double by_variance =
        2.0 / m * (x[i] - mu) * sum([&](Index k) { return g[k] * gamma * -0.5 * (x[k] - mu) * power(-1.5); });
    return direct + (by_mu + by_mu_and_variance) + by_variance;
  }

  // Equations 3 to 5, which differ in how they write -2/m Σ_j (x_j − μ).
  template <class Nested>
  double with_three_factors(Index i, Nested nested) const {
    const double direct = g[i] * gamma * s;
    const double by_mu = 1.0 / m * sum([&](Index k) { return g[k] * gamma * -s; });
    const double by_mu_and_variance =
        1.0 / m * sum([&](Index k) { return g[k] * gamma * -0.5 * (x[k] - mu) * s * s * s * nested(); });
    const double by_variance =
        2.0 / m * (x[i] - mu) * sum([&](Index k) { return g[k] * gamma * -0.5 * (x[k] - mu) * s * s * s; });
    return direct + (by_mu + by_mu_and_variance) + by_variance;
  }

  static constexpr std::string_view formula_3 =
      "dx_i = g_i γ s\n"
      "     + [ 1/m Σ_k g_k γ · −s\n"
      "       + 1/m Σ_k g_k γ · −½ (x_k − μ) s s s · (−2/m Σ_j (x_j − μ)) ]\n"
      "     + 2/m (x_i − μ) Σ_k g_k γ · −½ (x_k − μ) s s s";

  double equation_3(Index i) const {
    return with_three_factors(i, [&] { return -2.0 / m * sum([&](Index j) { return x[j] - mu; }); });
  }

  static constexpr std::string_view formula_4 =
      "dx_i = g_i γ s\n"
      "     + [ 1/m Σ_k g_k γ · −s\n"
      "       + 1/m Σ_k g_k γ · −½ (x_k − μ) s s s · (−2/m (Σ_j x_j − m μ)) ]\n"
      "     + 2/m (x_i − μ) Σ_k g_k γ · −½ (x_k − μ) s s s";

  double equation_4(Index i) const {
    return with_three_factors(i, [&] { return -2.0 / m * (sum([&](Index j) { return x[j]; }) - m * mu); });
  }

  static constexpr std::string_view formula_5 =
      "dx_i = g_i γ s\n"
      "     + [ 1/m Σ_k g_k γ · −s\n"
      "       + 1/m Σ_k g_k γ · −½ (x_k − μ) s s s · (−2 (μ − μ)) ]\n"
      "     + 2/m (x_i − μ) Σ_k g_k γ · −½ (x_k − μ) s s s";

  double equation_5(Index i) const {
    const double mean_of_x = mu;   // 1/m Σ_j x_j
    const double mean_of_mu = mu;  // 1/m (m μ)
    return with_three_factors(i, [&] { return -2.0 * (mean_of_x - mean_of_mu); });
  }

  static constexpr std::string_view formula_6 =
      "dx_i = γ g_i s\n"
      "     − 1/m Σ_k γ g_k s\n"
      "     − 2/m (x_i − μ) Σ_k ½ γ g_k (x_k − μ) s s s";

  double equation_6(Index i) const {
    const double direct = gamma * g[i] * s;
    const double by_mu = 1.0 / m * sum([&](Index k) { return gamma * g[k] * s; });
    const double by_variance =
        2.0 / m * (x[i] - mu) * sum([&](Index k) { return 0.5 * gamma * g[k] * (x[k] - mu) * s * s * s; });
    return direct - by_mu - by_variance;
  }

  static constexpr std::string_view formula_7 =
      "dx_i = γ g_i s\n"
      "     − 1/m Σ_k γ g_k s\n"
      "     − 2/m [(x_i − μ) s] Σ_k ½ γ g_k [(x_k − μ) s] s";

  double equation_7(Index i) const {
    const double direct = gamma * g[i] * s;
    const double by_mu = 1.0 / m * sum([&](Index k) { return gamma * g[k] * s; });
    const double by_variance =
        2.0 / m * ((x[i] - mu) * s) * sum([&](Index k) { return 0.5 * gamma * g[k] * ((x[k] - mu) * s) * s; });
    return direct - by_mu - by_variance;
  }

  static constexpr std::string_view formula_8 =
      "dx_i = γ s g_i\n"
      "     − γ s/m Σ_k g_k\n"
      "     − γ s/m [(x_i − μ) s] Σ_k g_k [(x_k − μ) s]";

  double equation_8(Index i) const {
    const double direct = gamma * s * g[i];
    const double by_mu = gamma * s / m * sum([&](Index k) { return g[k]; });
    const double by_variance =
        gamma * s / m * ((x[i] - mu) * s) * sum([&](Index k) { return g[k] * ((x[k] - mu) * s); });
    return direct - by_mu - by_variance;
  }

  static constexpr std::string_view formula_9 =
      "dx_i = γ s g_i\n"
      "     − γ s/m Σ_k g_k\n"
      "     − γ s/m x̂_i Σ_k g_k x̂_k";

  double equation_9(Index i) const {
    const double direct = gamma * s * g[i];
    const double by_mu = gamma * s / m * sum([&](Index k) { return g[k]; });
    const double by_variance = gamma * s / m * xhat[i] * sum([&](Index k) { return g[k] * xhat[k]; });
    return direct - by_mu - by_variance;
  }

  static constexpr std::string_view formula_10 = "dx_i = γ s (g_i − 1/m Σ_k g_k − x̂_i/m Σ_k g_k x̂_k)";

  double equation_10(Index i) const {
    const double mean_g = 1.0 / m * sum([&](Index k) { return g[k]; });
    const double along_xhat = xhat[i] / m * sum([&](Index k) { return g[k] * xhat[k]; });
    return gamma * s * (g[i] - mean_g - along_xhat);
  }

  static constexpr std::string_view formula_13 = "dx_i = γ s (g_i − 1/m Σ_k g_k − 1/m Σ_k g_k x̂_k x̂_k)";

  double equation_13(Index i) const {
    const double mean_g = 1.0 / m * sum([&](Index k) { return g[k]; });
    const double wrong = 1.0 / m * sum([&](Index k) { return g[k] * xhat[k] * xhat[k]; });
    return gamma * s * (g[i] - mean_g - wrong);
  }
};

// dx of a whole batch by an equation for one of its samples.
template <double (Page::*equation)(Index) const>
std::vector<double> dx_by(const Feature& feature) {
  const Page page(feature);
  std::vector<double> dx;  // [m]
  for (Index i = 0; i < feature.x.size(); ++i) dx.push_back((page.*equation)(i));
  return dx;
}

}  // namespace

const Equation staged_form = {"staged", Page::formula_staged, "the paper's backward, one gradient at a time",
                              [](const Feature& feature) { return Page(feature).staged(); }};

const std::array<Equation, 10> equations = {{
    {"(1)", Page::formula_1, "the chain rule along all four routes from x_i to the loss", dx_by<&Page::equation_1>},
    {"(2)", Page::formula_2, "every partial derivative substituted", dx_by<&Page::equation_2>},
    {"(3)", Page::formula_3, "(σ² + ε)^(−3/2) written as three factors s", dx_by<&Page::equation_3>},
    {"(4)", Page::formula_4, "the nested sum distributed over its two parts", dx_by<&Page::equation_4>},
    {"(5)", Page::formula_5, "both parts are the mean", dx_by<&Page::equation_5>},
    {"(6)", Page::formula_6, "μ − μ = 0, and what it multiplies goes", dx_by<&Page::equation_6>},
    {"(7)", Page::formula_7, "two of the three s join the deviations", dx_by<&Page::equation_7>},
    {"(8)", Page::formula_8, "constants out of the sums", dx_by<&Page::equation_8>},
    {"(9)", Page::formula_9, "deviation times s is x̂, which the forward has", dx_by<&Page::equation_9>},
    {"(10)", Page::formula_10, "γ s out of all three terms", dx_by<&Page::equation_10>},
}};

const Equation renamed_index = {"(13)", Page::formula_13, "for comparison, a mistake: i renamed in (10)",
                                dx_by<&Page::equation_13>};

Forward::Forward(const Feature& feature) : m(static_cast<double>(feature.x.size())) {
  for (const double x : feature.x) mu += x;
  mu /= m;
  for (const double x : feature.x) variance += (x - mu) * (x - mu);
  variance /= m;
  s = 1.0 / std::sqrt(variance + feature.eps);
  for (const double x : feature.x) xhat.push_back((x - mu) * s);
}

std::vector<double> central_differences(const Feature& feature) {
  const double h = 1e-5 / Forward(feature).s;
  Feature moved = feature;
  const auto loss = [&] {
    const Page page(moved);
    return page.sum([&](Index i) { return page.g[i] * (page.gamma * page.xhat[i]); });  // F4
  };
  std::vector<double> dx;  // [m]
  for (double& x_i : moved.x) {
    const double x = x_i, above = x + h, below = x - h;
    x_i = above;
    const double loss_above = loss();
    x_i = below;
    const double loss_below = loss();
    x_i = x;
    dx.push_back((loss_above - loss_below) / (above - below));  // not 2 h: x + h and x - h were rounded
  }
  return dx;
}

}  // namespace batchnorm_derivation
