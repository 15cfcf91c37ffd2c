// How training goes with a bug in every normalization.
#pragma once

#include <gradus/core/io/dataset.h>
#include <gradus/examples/bug_museum/broken_batch_norm.h>

namespace gradus::examples {

struct Outcome {
  double accuracy = 0;              // on new points or test images
  bool diverged = false;            // the loss is no longer a number
  std::vector<double> losses = {};  // of the steps
};

// An MLP of two hidden layers of 32 on three spirals, all points in each batch, by Adam.
Outcome train_on_spirals(Bug bug, int steps, std::uint64_t seed);

// An MLP of two hidden layers of 64 on MNIST, batches of 64, by gradient descent with momentum.
Outcome train_on_mnist(Bug bug, const Dataset& data, int steps, std::uint64_t seed);

}  // namespace gradus::examples
