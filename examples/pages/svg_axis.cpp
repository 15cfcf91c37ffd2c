#include <gradus/examples/command_line/format.h>
#include <gradus/examples/pages/svg_axis.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace gradus_examples {

namespace {

// The step of at least `least` that is 1, 2 or 5 times a power of ten.
double round_step(double least) {
  const double power = std::pow(10, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= least * (1 - 1e-9)) return factor * power;
  }
  return 10 * power;
}

// Typographic minus, thousands separated, no more decimals than the step needs; very large and small as 1e-6.
std::string label(double value, double step) {
  if (std::abs(value) < step * 1e-6) value = 0;
  const double size = std::max(std::abs(value), step);
  const int decimals = std::max(0, static_cast<int>(-std::floor(std::log10(step) + 1e-9)));
  std::string text;
  if (size >= 1e7 || decimals > 5) {
    text = format_number(std::abs(value));
  } else {
    text = decimals > 0 ? format_fixed(std::abs(value), decimals) : format_count(std::abs(value));
  }
  return value < 0 ? "−" + text : text;
}

}  // namespace

std::vector<Tick> linear_ticks(Interval interval, int most) {
  std::vector<Tick> ticks;
  const double span = interval.high - interval.low;
  if (!(span > 0) || !std::isfinite(span) || most < 1) return ticks;
  double step = round_step(span / std::max(most, 1));
  // The division above counts gaps; one tick more than gaps may fit.
  const auto count = [&] { return std::floor(interval.high / step) - std::ceil(interval.low / step) + 1; };
  while (count() > most) step = round_step(step * 1.5);
  const double slack = step * 1e-9;
  for (double k = std::ceil((interval.low - slack) / step); k * step <= interval.high + slack; k += 1) {
    ticks.push_back({k * step, label(k * step, step)});
  }
  return ticks;
}

std::vector<Tick> logarithmic_ticks(Interval interval, int most) {
  std::vector<Tick> ticks;
  if (!(interval.low > 0) || !(interval.high > interval.low) || most < 1) return ticks;
  const int first = static_cast<int>(std::floor(std::log10(interval.low)));
  const int last = static_cast<int>(std::ceil(std::log10(interval.high)));
  const auto collect = [&](const std::vector<double>& factors, int every) {
    ticks.clear();
    for (int power = first; power <= last; power += every) {
      for (const double factor : factors) {
        const double value = factor * std::pow(10, power);
        if (value < interval.low * (1 - 1e-9) || value > interval.high * (1 + 1e-9)) continue;
        const bool plain = value >= 1e-4 * (1 - 1e-9) && value < 1e6;
        ticks.push_back({value, plain ? label(value, std::pow(10, power)) : format_number(value)});
      }
    }
  };
  int every = 1;
  do {
    collect({1}, every++);
  } while (static_cast<int>(ticks.size()) > most);
  if (ticks.size() < 3) collect({1, 2, 5}, 1);
  if (static_cast<int>(ticks.size()) > most) collect({1}, 1);
  // Within one decade round numbers may be missing altogether: then a linear scale's serve.
  if (ticks.size() < 2) ticks = linear_ticks(interval, most);
  return ticks;
}

Axis::Axis(Interval interval, bool logarithmic) : interval_(interval), logarithmic_(logarithmic) {
  auto& [low, high] = interval_;
  if (!std::isfinite(low) || !std::isfinite(high) || (logarithmic && !(low > 0 && high > 0))) {
    interval_ = logarithmic ? Interval{0.1, 1} : Interval{0, 1};
  }
  if (low > high) std::swap(low, high);
  if (high - low > 1e-12 * std::max(std::abs(low), std::abs(high))) return;
  if (logarithmic) {
    low /= 2;
    high *= 2;
  } else {
    const double margin = low == 0 ? 0.5 : std::abs(low) / 2;
    low -= margin;
    high += margin;
  }
}

double Axis::position(double value) const {
  const auto& [low, high] = interval_;
  if (!std::isfinite(value) || (logarithmic_ && !(value > 0))) return std::numeric_limits<double>::quiet_NaN();
  const double position = logarithmic_ ? std::log(value / low) / std::log(high / low) : (value - low) / (high - low);
  return std::clamp(position, -10.0, 11.0);  // far outside is out of sight however far
}

std::vector<Tick> Axis::ticks(int most) const {
  return logarithmic_ ? logarithmic_ticks(interval_, most) : linear_ticks(interval_, most);
}

Interval extent(const std::vector<double>& values, bool logarithmic) {
  std::vector<double> drawn = values;
  std::erase_if(drawn, [&](double value) { return !std::isfinite(value) || (logarithmic && !(value > 0)); });
  if (drawn.empty()) return logarithmic ? Interval{0.1, 1} : Interval{0, 1};
  const auto [low, high] = std::ranges::minmax(drawn);
  return {low, high};
}

Interval padded(Interval interval, bool logarithmic) {
  const auto [low, high] = interval;
  const double margin = logarithmic ? std::pow(high / low, 0.05) : (high - low) / 20;
  return logarithmic ? Interval{low / margin, high * margin} : Interval{low - margin, high + margin};
}

}  // namespace gradus_examples
