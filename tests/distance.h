// How far a tensor is from what it should be.
#pragma once

#include <gradus/core/tensor/tensor.h>

#include <cmath>

namespace gradus {

// |a - b| / |b|, Euclidean norms; infinite if the shapes differ, NaN if there is a NaN in either.
inline double distance(const Tensor& a, const Tensor& b) {
  if (a.shape() != b.shape()) return HUGE_VAL;
  double difference = 0, size = 0;
  for (std::size_t i = 0; i < b.values().size(); ++i) {
    const double x = a.values()[i], y = b.values()[i];
    difference += (x - y) * (x - y);
    size += y * y;
  }
  return difference == 0 ? 0 : std::sqrt(difference / size);
}

}  // namespace gradus
