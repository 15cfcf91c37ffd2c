// What the figure alone does not say: short trainings over a range of one setting, with and without the layer.
#pragma once

#include <gradus/core/io/dataset.h>
#include <gradus/examples/covariate_shift/record.h>

#include <functional>
#include <string>
#include <vector>

namespace gradus::examples {

struct SweepPoint {
  double value = 0;              // of what is varied
  double without = 0, with = 0;  // test accuracy; 0 where the loss is no longer a number
};

struct Sweep {
  std::string title;  // "Learning rate"
  std::vector<SweepPoint> points;
};

struct SweepOptions {
  NetworkOptions network;
  std::int64_t batch_size = 60, steps = 1000;
};

// Over learning rates, over the deviation of the initial weights, over sizes of a batch; small batches get more steps,
// until they have seen as many images. Tells after each training.
std::vector<Sweep> sweeps(const Dataset& data, const SweepOptions& options, const std::function<void()>& after_each);

// The net with batch normalization and noise behind it (Network), measured at the steps of `records`.
std::vector<Measurement> follow_noisy(const Dataset& data, const NetworkOptions& network, std::int64_t batch_size,
                                      std::uint64_t seed, const std::vector<Record>& records);

inline constexpr int kSweepTrainings = 2 * (6 + 5 + 6);

}  // namespace gradus::examples
