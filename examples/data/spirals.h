// Spirals: points in the plane whose classes are arms that wind around each other, so that no straight line helps.
#pragma once

#include <gradus/core/tensor/random.h>

#include <cstdint>
#include <vector>

namespace gradus::examples {

struct Spirals {
  Tensor x;                          // [n, 2], within the unit circle but for the noise
  std::vector<std::int32_t> labels;  // [n], which arm
};

// Each arm winds outwards `turns` times around the centre; `noise` is the deviation of each coordinate from it. The
// points of an arm are evenly spaced along the radius, and the arms take turns, so any stretch of rows has all of them.
Spirals spirals(std::int64_t points_per_arm, int arms, double turns, double noise, Rng& rng);

}  // namespace gradus::examples
