#include <gradus/core/error.h>
#include <gradus/examples/batchnorm_derivation/comparison.h>
#include <gradus/examples/batchnorm_derivation/features.h>
#include <gradus/examples/batchnorm_derivation/layer_forms.h>
#include <gradus/examples/command_line/format.h>

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <ostream>
#include <sstream>

namespace batchnorm_derivation {
namespace {

using gradus::text;
using gradus::examples::Equation;
using gradus::examples::Feature;
using gradus::examples::pad;

std::string scientific(double number) {
  if (number == 0) return "0";
  std::ostringstream out;
  out << std::scientific << std::setprecision(1) << number;
  return out.str();
}

// The largest difference, each feature's in units of its own largest |dx|: the factors s of two features may lie far
// apart, and the greater would hide the smaller. NaN if anything is.
double difference(const Values& a, const Values& b, const Batch& batch) {
  double worst = 0;
  for (std::int64_t f = 0; f < batch.c; ++f) {
    double largest = 0, apart = 0;
    for (std::int64_t i = 0; i < batch.n; ++i) {
      const double a_i = a[batch.at(i, f)], b_i = b[batch.at(i, f)];
      if (std::isnan(a_i - b_i)) return a_i - b_i;
      largest = std::max(largest, std::abs(b_i));
      apart = std::max(apart, std::abs(a_i - b_i));
    }
    if (apart > 0) worst = std::max(worst, apart / largest);
  }
  return worst;
}

// Holds each form against the others, a row of the table each.
class Comparison {
 public:
  Comparison(const Batch& batch, std::ostream& out)
      : batch_(batch),
        out_(out),
        staged_(for_each_feature(batch, gradus::examples::staged_form().dx)),
        tape_(layer_dx(LayerForm::composed, batch)),
        numeric_(for_each_feature(batch, gradus::examples::central_differences)),
        before_(staged_) {
    out_ << pad("", kText) << "largest difference from\n"
         << pad("", kText) << "    before    staged      tape   numeric\n";
  }

  void add(const std::string& label, const std::string& what, std::string_view formula, const Values& dx) {
    out_ << pad(pad(label, kLabel) + what, kText);
    compare(label, "the form before it", difference(dx, before_, batch_), kTolerance);
    compare(label, "the staged form", difference(dx, staged_, batch_), kTolerance);
    compare(label, "the tape", difference(dx, tape_, batch_), kTolerance);
    compare(label, "central differences", difference(dx, numeric_, batch_), kNumericTolerance);
    out_ << '\n';
    std::istringstream lines{std::string(formula)};
    for (std::string line; std::getline(lines, line);) out_ << pad("", kLabel) << line << '\n';
    if (!formula.empty()) out_ << '\n';
    out_.flush();
    before_ = dx;
  }

  const std::vector<std::string>& disagreements() const { return disagreements_; }

 private:
  static constexpr std::size_t kLabel = 8, kText = 66;

  void compare(const std::string& label, const char* other, double apart, double tolerance) {
    out_ << std::setw(10) << scientific(apart);
    if (apart <= tolerance) return;  // a NaN is not
    disagreements_.push_back(text(label, " differs from ", other, " by ", scientific(apart),
                                  " of the largest |dx| (allowed ", scientific(tolerance), ')'));
  }

  const Batch& batch_;
  std::ostream& out_;
  Values staged_, tape_, numeric_, before_;
  std::vector<std::string> disagreements_;
};

// Equation 13: equation 10 with its outer index renamed.
std::vector<double> equation_13(const Feature& feature) {
  const auto [mu, variance, s] = gradus::examples::statistics(feature);
  const std::vector<double> xhat = gradus::examples::normalized(feature);
  const auto m = static_cast<double>(xhat.size());
  double mean_g = 0, wrong = 0;
  for (std::size_t k = 0; k < xhat.size(); ++k) {
    mean_g += feature.g[k] / m;
    wrong += feature.g[k] * xhat[k] * xhat[k] / m;
  }
  std::vector<double> dx;
  for (const double g : feature.g) dx.push_back(feature.gamma * s * (g - mean_g - wrong));
  return dx;
}

}  // namespace

std::vector<std::string> compare_equations(const Batch& batch, std::ostream& out) {
  Comparison comparison(batch, out);
  const Equation& staged = gradus::examples::staged_form();
  comparison.add("staged", std::string(staged.what_changed), staged.formula, for_each_feature(batch, staged.dx));
  for (const Equation& e : gradus::examples::equations()) {
    comparison.add(text('(', e.number, ')'), std::string(e.what_changed), e.formula, for_each_feature(batch, e.dx));
  }
  comparison.add("layer", "as the library computes it: staged", "", layer_dx(LayerForm::staged, batch));
  comparison.add("layer", "simplified", "", layer_dx(LayerForm::simplified, batch));
  comparison.add("layer", "fused, its default", "", layer_dx(LayerForm::fused, batch));
  const std::vector<std::string> disagreements = comparison.disagreements();
  out << '\n';
  comparison.add("(13)", "for comparison, a mistake: i renamed in (10)",
                 "dx_i = γ s (g_i − 1/m Σ_k g_k − 1/m Σ_k g_k x̂_k x̂_k)", for_each_feature(batch, equation_13));
  return disagreements;
}

std::vector<std::string> check_invariants(const Batch& batch, std::ostream& out) {
  const Equation& last = gradus::examples::equations().back();
  double worst[3] = {0, 0, 0};
  constexpr std::int64_t shown = 8;
  out << "feature         σ²      Σ dx_i   Σ dx_i x̂_i   γ s dγ ε/(σ²+ε)   largest |dx_i| if all g are 1\n";
  for (std::int64_t index = 0; index < batch.c; ++index) {
    Feature f = feature(batch, index);
    const auto [mu, variance, s] = gradus::examples::statistics(f);
    const std::vector<double> xhat = gradus::examples::normalized(f), dx = last.dx(f);
    double sum = 0, along_xhat = 0, dgamma = 0, size = 0, size_along_xhat = 0, constant = 0;
    for (std::size_t i = 0; i < dx.size(); ++i) {
      sum += dx[i];
      size += std::abs(dx[i]);
      along_xhat += dx[i] * xhat[i];
      size_along_xhat += std::abs(dx[i] * xhat[i]);
      dgamma += f.g[i] * xhat[i];
    }
    const double expected = f.gamma * s * dgamma * f.eps / (variance + f.eps);
    f.g.assign(f.g.size(), 1);
    for (const double dx_i : last.dx(f)) constant = std::max(constant, std::abs(dx_i));
    worst[0] = std::max(worst[0], std::abs(sum) / size);
    worst[1] = std::max(worst[1], std::abs(along_xhat - expected) / size_along_xhat);
    worst[2] = std::max(worst[2], constant / std::abs(f.gamma * s));
    if (index >= shown) continue;
    out << std::setw(7) << index + 1 << std::setw(11) << scientific(variance) << std::setw(12) << scientific(sum)
        << std::setw(14) << scientific(along_xhat) << std::setw(18) << scientific(expected) << std::setw(18)
        << scientific(constant) << '\n';
  }
  if (batch.c > shown) out << "    ... and " << batch.c - shown << " more\n";

  out << '\n';
  std::vector<std::string> disagreements;
  const auto judge = [&](const char* equation, const char* fact, const char* unit, double apart) {
    out << equation << "  " << pad(fact, 36) << "holds to " << scientific(apart) << " of " << unit << '\n';
    if (apart <= kTolerance) return;
    disagreements.push_back(text("equation ", equation, " is off by ", scientific(apart), " of ", unit));
  };
  judge("(15)", "Σ dx_i = 0", "Σ |dx_i|", worst[0]);
  judge("(16)", "Σ dx_i x̂_i = γ s dγ ε/(σ² + ε)", "Σ |dx_i x̂_i|", worst[1]);
  judge("(17)", "dx_i = 0 where all g are the same", "γ s g", worst[2]);
  return disagreements;
}

}  // namespace batchnorm_derivation
