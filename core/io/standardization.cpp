#include <gradus/core/error.h>
#include <gradus/core/io/standardization.h>

#include <cmath>

namespace gradus_base {

Standardization standardization(std::span<const double> numbers) {
  if (numbers.empty()) return {};
  const auto count = static_cast<double>(numbers.size());
  double sum = 0, squares = 0;
  for (const double x : numbers) sum += x;
  const double mean = sum / count;
  for (const double x : numbers) squares += (x - mean) * (x - mean);
  if (!std::isfinite(squares)) fail("standardization", "numbers too large: the sum of their squares is not finite");
  const double deviation = std::sqrt(squares / count);
  // Of equal numbers, rounding of the mean may leave a trace.
  return {mean, deviation > 1e-12 * std::abs(mean) ? deviation : 1};
}

}  // namespace gradus_base
