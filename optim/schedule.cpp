#include <gradus/core/error.h>
#include <gradus/optim/schedule.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace gradus_base {
namespace {

// From `from` at part = 0 to `to` at part = 1, flat at both ends.
double half_cosine(double from, double to, double part) {
  part = std::clamp(part, 0.0, 1.0);
  return to + (from - to) * (1 + std::cos(std::numbers::pi * part)) / 2;
}

void positive(std::int64_t steps) {
  if (steps <= 0) fail("schedule", "the number of steps must be positive, got ", steps);
}

}  // namespace

Schedule constant_schedule() {
  return [](std::int64_t) { return 1.0; };
}

Schedule step_schedule(std::int64_t every, double factor) {
  positive(every);
  if (!(factor > 0)) fail("schedule", "the factor must be positive, got ", factor);
  return [=](std::int64_t step) { return std::pow(factor, static_cast<double>(step / every)); };
}

Schedule cosine_schedule(std::int64_t steps, double final) {
  positive(steps);
  if (!(final >= 0 && final <= 1)) fail("schedule", "the final factor must be from 0 to 1, got ", final);
  return
      [=](std::int64_t step) { return half_cosine(1, final, static_cast<double>(step) / static_cast<double>(steps)); };
}

Schedule one_cycle_schedule(std::int64_t steps, double rising, double start_divisor, double final_divisor) {
  positive(steps);
  if (!(rising > 0 && rising < 1)) fail("schedule", "the rising part must be between 0 and 1, got ", rising);
  if (!(start_divisor >= 1 && final_divisor >= 1)) fail("schedule", "divisors must be at least 1");
  const double start = 1 / start_divisor, end = start / final_divisor;
  const double last = static_cast<double>(steps - 1), top = rising * static_cast<double>(steps) - 1;
  return [=](std::int64_t step) {
    const double now = static_cast<double>(step);
    if (now < top) return half_cosine(start, 1, now / top);
    return half_cosine(1, end, last > top ? (now - top) / (last - top) : 1);
  };
}

Schedule with_warm_up(std::int64_t warm_up, Schedule schedule) {
  if (warm_up < 0) fail("schedule", "warm-up must not be negative, got ", warm_up);
  return [=](std::int64_t step) {
    if (step < warm_up) return (static_cast<double>(step) + 1) / (static_cast<double>(warm_up) + 1);
    return schedule(step - warm_up);
  };
}

}  // namespace gradus_base
