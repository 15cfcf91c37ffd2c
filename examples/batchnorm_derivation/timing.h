// How long BatchNorm1d's backward takes in its forms.
#pragma once

#include <cstdint>

namespace gradus::examples {

// Microseconds of a call, each the best of seven means of many calls.
struct BatchNormTimes {
  double staged, simplified, fused;
  double copy;  // of as much data, to compare with
};

// For x [n, c], as the layer runs it: dx, dgamma and dbeta from dy, without the forward.
BatchNormTimes time_batch_norm_backward(std::int64_t n, std::int64_t c);

}  // namespace gradus::examples
