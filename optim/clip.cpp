#include <gradus/core/error.h>
#include <gradus/core/tensor/arithmetic.h>
#include <gradus/optim/clip.h>

#include <cmath>

namespace gradus {

double grad_norm(const std::vector<Parameter*>& parameters) {
  double squares = 0;
  for (const Parameter* parameter : parameters) {
    if (!parameter->has_grad()) continue;
    for (const Scalar g : parameter->grad().values()) squares += static_cast<double>(g) * static_cast<double>(g);
  }
  return std::sqrt(squares);
}

double clip_grad_norm(const std::vector<Parameter*>& parameters, double max_norm) {
  if (!(max_norm > 0)) fail("clip_grad_norm", "the norm must be positive, got ", max_norm);
  const double norm = grad_norm(parameters);
  if (!std::isfinite(norm) || norm <= max_norm) return norm;
  for (Parameter* parameter : parameters) {
    if (parameter->has_grad()) parameter->set_grad(parameter->grad() * Tensor(max_norm / norm));
  }
  return norm;
}

}  // namespace gradus
