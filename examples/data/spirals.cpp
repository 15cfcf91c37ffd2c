#include <gradus/examples/data/spirals.h>

#include <cmath>
#include <numbers>

namespace gradus::examples {

Spirals spirals(std::int64_t points_per_arm, int arms, double turns, double noise, Rng& rng) {
  Spirals result;
  std::vector<Scalar> x;
  const auto add = [&](double coordinate) { x.push_back(static_cast<Scalar>(coordinate + noise * rng.normal())); };
  for (std::int64_t i = 0; i < points_per_arm; ++i) {
    const double radius = static_cast<double>(i + 1) / static_cast<double>(points_per_arm);
    for (int arm = 0; arm < arms; ++arm) {
      const double angle = 2 * std::numbers::pi * (turns * radius + static_cast<double>(arm) / arms);
      add(radius * std::cos(angle));
      add(radius * std::sin(angle));
      result.labels.push_back(arm);
    }
  }
  result.x = Tensor({points_per_arm * arms, 2}, x);
  return result;
}

}  // namespace gradus::examples
