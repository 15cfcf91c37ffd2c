// One axis of a chart: where a value lies on it, and the round numbers written beside it.
#pragma once

#include <gradus/examples/pages/svg.h>

#include <string>
#include <vector>

namespace gradus_examples {

struct Tick {
  double value = 0;
  std::string label;
};

// Multiples of 1, 2 or 5 times a power of ten within the interval: at most `most` of them, as many as fit.
std::vector<Tick> linear_ticks(Interval interval, int most);

// Powers of ten within the interval; 2 and 5 times them too where fewer than three would be left.
std::vector<Tick> logarithmic_ticks(Interval interval, int most);

class Axis {
 public:
  // An interval that is empty, reversed or not finite is replaced by one that can be drawn.
  Axis(Interval interval, bool logarithmic);

  Interval interval() const { return interval_; }

  // 0 at the low end, 1 at the high end, beyond them outside; NaN for a value that cannot be drawn.
  double position(double value) const;

  std::vector<Tick> ticks(int most) const;

 private:
  Interval interval_;
  bool logarithmic_;
};

// The smallest interval that holds the values, those apart that are not finite (or not positive, if logarithmic); one
// that can be drawn if there are none.
Interval extent(const std::vector<double>& values, bool logarithmic);

// A twentieth added at both ends, so that no curve runs along the frame.
Interval padded(Interval interval, bool logarithmic);

}  // namespace gradus_examples
