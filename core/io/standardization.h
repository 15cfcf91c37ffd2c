// Standardization: numbers are shifted and scaled to mean 0 and deviation 1, by the statistics of the training data.
#pragma once

#include <gradus/core/base.h>

#include <span>

namespace gradus_base {

struct Standardization {
  double mean = 0, deviation = 1;

  double operator()(double x) const { return (x - mean) / deviation; }
  double undo(double standardized) const { return mean + standardized * deviation; }
};

// By the mean and the (biased) deviation of the numbers. Where they are all the same, or none, the deviation is 1.
// Throws std::invalid_argument if their squares do not fit a double.
Standardization standardization(std::span<const double> numbers);

}  // namespace gradus_base
