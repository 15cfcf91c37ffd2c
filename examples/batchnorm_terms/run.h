// A training on MNIST, in which the terms of each normalization's backward and the weights in front of it are measured.
#pragma once

#include <gradus/core/io/dataset.h>
#include <gradus/examples/batchnorm_terms/measured_batch_norm.h>

#include <functional>
#include <string>
#include <vector>

namespace gradus::examples {

enum class Method { sgd, adam };

struct Setting {
  std::string name;
  Method method = Method::sgd;
  double learning_rate = 0.5, weight_decay = 0;
  Without without = Without::nothing;
};

// Of one normalization and the Linear in front of it, over an epoch.
struct LayerRecord {
  double dy = 0;                        // root mean square of what arrives
  double mean = 0, xhat = 0, left = 0;  // shares of the direct term's square
  double cosine = 0;                    // between the weights and their gradient: mean of its size over the steps
  double norm = 0;                      // of the weights, at the end
  double turn = 0;                      // step over norm: how far the weights turn in one, mean over the steps
};

struct EpochRecord {
  double loss = 0, accuracy = 0;  // in training; on the test images
  std::vector<LayerRecord> layers;
};

struct Run {
  Setting setting;
  std::vector<double> first_norms;  // of the weights before training
  std::vector<EpochRecord> epochs;  // fewer than asked for if the loss is no longer a number
  // On the test images at the end, normalized by their own batches of 500 instead of by the running estimates.
  double accuracy_by_batches = 0;
};

struct RunOptions {
  std::int64_t epochs = 6, batch_size = 128, images = 60000, hidden = 100;
  std::uint64_t seed = 1;
};

Run train(const Dataset& data, const Setting& setting, const RunOptions& options,
          const std::function<void(const Run& so_far)>& after_epoch);

}  // namespace gradus::examples
