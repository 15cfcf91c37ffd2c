#include <gradus/core/error.h>
#include <gradus/examples/batchnorm_derivation/comparison.h>
#include <gradus/examples/command_line/format.h>

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <ostream>
#include <sstream>

namespace batchnorm_derivation {
namespace {

using gradus::text;
using gradus::examples::BatchNormForm;
using gradus::examples::pad;
using gradus_double::examples::layer_dx;

std::string scientific(double number) {
  if (number == 0) return "0";
  std::ostringstream out;
  out << std::scientific << std::setprecision(1) << number;
  return out.str();
}

// Of each feature.
template <class F>
Columns each(const Batch& batch, const F& dx) {
  Columns columns;
  for (const Feature& feature : batch) columns.push_back(dx(feature));
  return columns;
}

// The largest difference, each feature's in units of its own largest |dx|: the factors s of two features may lie far
// apart, and the greater would hide the smaller. NaN if anything is.
double difference(const Columns& a, const Columns& b) {
  double worst = 0;
  for (std::size_t f = 0; f < a.size(); ++f) {
    double largest = 0, apart = 0;
    for (std::size_t i = 0; i < a[f].size(); ++i) {
      const double a_i = a[f][i], b_i = b[f][i];
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
        staged_(each(batch, staged_form.dx)),
        tape_(layer_dx(BatchNormForm::composed, batch)),
        numeric_(each(batch, central_differences)),
        before_(staged_) {
    out_ << pad("", kText) << "largest difference from\n"
         << pad("", kText) << "    before    staged      tape   numeric\n";
  }

  void add(const Equation& e) { add(std::string(e.number), e.what_changed, e.formula, each(batch_, e.dx)); }
  void add(const char* what, BatchNormForm form) { add("layer", what, "", layer_dx(form, batch_)); }

  const std::vector<std::string>& disagreements() const { return disagreements_; }

 private:
  static constexpr std::size_t kLabel = 8, kText = 66;

  void add(const std::string& label, std::string_view what, std::string_view formula, const Columns& dx) {
    out_ << pad(pad(label, kLabel) + std::string(what), kText);
    compare(label, "the form before it", difference(dx, before_), kTolerance);
    compare(label, "the staged form", difference(dx, staged_), kTolerance);
    compare(label, "the tape", difference(dx, tape_), kTolerance);
    compare(label, "central differences", difference(dx, numeric_), kNumericTolerance);
    out_ << '\n';
    std::istringstream lines{std::string(formula)};
    for (std::string line; std::getline(lines, line);) out_ << pad("", kLabel) << line << '\n';
    if (!formula.empty()) out_ << '\n';
    out_.flush();
    before_ = dx;
  }

  void compare(const std::string& label, const char* other, double apart, double tolerance) {
    out_ << std::setw(10) << scientific(apart);
    if (apart <= tolerance) return;  // a NaN is not
    disagreements_.push_back(text(label, " differs from ", other, " by ", scientific(apart),
                                  " of the largest |dx| (allowed ", scientific(tolerance), ')'));
  }

  const Batch& batch_;
  std::ostream& out_;
  Columns staged_, tape_, numeric_, before_;
  std::vector<std::string> disagreements_;
};

}  // namespace

std::vector<std::string> compare_equations(const Batch& batch, std::ostream& out) {
  Comparison comparison(batch, out);
  comparison.add(staged_form);
  for (const Equation& equation : equations) comparison.add(equation);
  comparison.add("in the library's arithmetic: staged", BatchNormForm::staged);
  comparison.add("simplified", BatchNormForm::simplified);
  comparison.add("fused, as BatchNorm1d has it", BatchNormForm::fused);
  const std::vector<std::string> disagreements = comparison.disagreements();
  out << '\n';
  comparison.add(renamed_index);
  return disagreements;
}

std::vector<std::string> check_invariants(const Batch& batch, std::ostream& out) {
  const auto dx_of = equations.back().dx;
  double worst[3] = {0, 0, 0};
  constexpr std::size_t shown = 8;
  out << "feature         σ²      Σ dx_i   Σ dx_i x̂_i   γ s dγ ε/(σ²+ε)   largest |dx_i| if all g are 1\n";
  for (std::size_t index = 0; index < batch.size(); ++index) {
    Feature f = batch[index];
    const auto [m, mu, variance, s, xhat] = Forward(f);
    const std::vector<double> dx = dx_of(f);
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
    for (const double dx_i : dx_of(f)) constant = std::max(constant, std::abs(dx_i));
    worst[0] = std::max(worst[0], std::abs(sum) / size);
    worst[1] = std::max(worst[1], std::abs(along_xhat - expected) / size_along_xhat);
    worst[2] = std::max(worst[2], constant / std::abs(f.gamma * s));
    if (index >= shown) continue;
    out << std::setw(7) << index + 1 << std::setw(11) << scientific(variance) << std::setw(12) << scientific(sum)
        << std::setw(14) << scientific(along_xhat) << std::setw(18) << scientific(expected) << std::setw(18)
        << scientific(constant) << '\n';
  }
  if (batch.size() > shown) out << "    ... and " << batch.size() - shown << " more\n";

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
