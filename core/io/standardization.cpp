#include <gradus/core/error.h>
#include <gradus/core/io/standardization.h>

#include <algorithm>
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
  // Of equal numbers, rounding of the mean may leave a trace.
  const bool equal = std::ranges::all_of(numbers, [&](double x) { return x == numbers[0]; });
  return {mean, equal || squares == 0 ? 1 : std::sqrt(squares / count)};
}

}  // namespace gradus_base
