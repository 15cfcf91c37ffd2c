#include <gradus/core/error.h>
#include <gradus/optim/clip.h>

#include <algorithm>
#include <cmath>

namespace gradus {

// Divided by the largest before they are squared, so that no square leaves the range of a double.
double grad_norm(const std::vector<Parameter*>& parameters) {
  double largest = 0;
  for (const Parameter* parameter : parameters) {
    if (!parameter->has_grad()) continue;
    for (const double g : parameter->grad().values()) {
      if (!std::isfinite(g)) return std::abs(g);
      largest = std::max(largest, std::abs(g));
    }
  }
  if (largest == 0) return 0;
  double squares = 0;
  for (const Parameter* parameter : parameters) {
    if (!parameter->has_grad()) continue;
    for (const double g : parameter->grad().values()) squares += (g / largest) * (g / largest);
  }
  return largest * std::sqrt(squares);
}

double clip_grad_norm(const std::vector<Parameter*>& parameters, double max_norm) {
  if (!(max_norm > 0)) fail("clip_grad_norm", "the norm must be positive, got ", max_norm);
  const double norm = grad_norm(parameters);
  if (!std::isfinite(norm) || norm <= max_norm) return norm;
  for (Parameter* parameter : parameters) {
    if (!parameter->has_grad()) continue;
    Tensor scaled = parameter->grad();
    // In double: the factor alone may be too small for a float.
    for (Scalar& g : scaled.mutable_values()) g = static_cast<Scalar>(static_cast<double>(g) * (max_norm / norm));
    parameter->set_grad(std::move(scaled));
  }
  return norm;
}

}  // namespace gradus
