#include <gradus/examples/gradcheck_microscope/analysis.h>

#include <algorithm>
#include <cmath>

namespace microscope {
namespace {

constexpr int kStepsPerDecade = 8;

bool contains(const std::vector<std::size_t>& list, std::size_t i) { return std::ranges::find(list, i) != list.end(); }

// Least squares on the logarithms, if there are enough points to speak of a slope.
std::optional<PowerLaw> fit(const std::vector<double>& x, const std::vector<double>& y) {
  const auto n = static_cast<double>(x.size());
  if (x.size() < 5) return {};
  double mean_x = 0, mean_y = 0, covariance = 0, variance = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    mean_x += std::log10(x[i]) / n;
    mean_y += std::log10(y[i]) / n;
  }
  for (std::size_t i = 0; i < x.size(); ++i) {
    covariance += (std::log10(x[i]) - mean_x) * (std::log10(y[i]) - mean_y);
    variance += (std::log10(x[i]) - mean_x) * (std::log10(x[i]) - mean_x);
  }
  const double exponent = covariance / variance;
  return PowerLaw{exponent, std::pow(10, mean_y - exponent * mean_x)};
}

// One side of the V: steps beyond the best whose error is well above the bottom, where both kinds of error meet, and
// well below the size of the gradient itself.
std::optional<PowerLaw> branch(const Precision& p, const std::vector<double>& steps, bool larger) {
  std::vector<double> x, y;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if ((i < p.best) != larger || i == p.best) continue;
    if (p.error[i] < 8 * p.best_error || p.error[i] > 0.2 || p.error[i] <= 0) continue;
    x.push_back(steps[i]);
    y.push_back(p.error[i]);
  }
  return fit(x, y);
}

Precision judge(const std::string& name, const Measurement& m, const std::vector<double>& truth,
                const std::vector<double>& steps) {
  Precision p;
  p.name = name;
  p.measured = m;
  double scale = 0;
  for (const double gradient : truth) scale = std::max(scale, std::abs(gradient));
  for (std::size_t e = 0; e < truth.size(); ++e) {
    p.backward_error = std::max(p.backward_error, std::abs(m.backward[e] - truth[e]) / scale);
  }
  for (const std::vector<double>& numeric : m.numeric) {
    double worst_error = -1, kink_error = 0;
    std::size_t worst = 0;
    for (std::size_t e = 0; e < truth.size(); ++e) {
      const double error = std::abs(numeric[e] - truth[e]) / scale;
      if (contains(m.beside_kink, e)) {
        kink_error = std::max(kink_error, error);
      } else if (error > worst_error) {
        worst_error = error;
        worst = e;
      }
    }
    p.error.push_back(worst_error);
    p.worst.push_back(worst);
    if (!m.beside_kink.empty()) p.kink_error.push_back(kink_error);
  }
  p.best = static_cast<std::size_t>(std::ranges::min_element(p.error) - p.error.begin());
  p.best_error = p.error[p.best];
  p.rounding = branch(p, steps, false);
  p.truncation = branch(p, steps, true);
  return p;
}

}  // namespace

std::vector<double> step_sizes() {
  std::vector<double> steps;
  for (int i = -kStepsPerDecade; i >= -12 * kStepsPerDecade; --i) {
    steps.push_back(std::pow(10, static_cast<double>(i) / kStepsPerDecade));
  }
  return steps;
}

Analysis analyse(const std::string& title, const std::vector<double>& steps, const Measurement& in_float,
                 const Measurement& in_double) {
  Analysis analysis{.title = title,
                    .steps = steps,
                    .in_float = judge("float", in_float, in_double.backward, steps),
                    .in_double = judge("double", in_double, in_double.backward, steps)};
  analysis.wrong = analysis.in_double.best_error > 1e-4;
  analysis.remarks = remarks(analysis);
  return analysis;
}

}  // namespace microscope
