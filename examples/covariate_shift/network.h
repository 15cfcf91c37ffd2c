// One of the two nets, and what is seen of it while it trains.
#pragma once

#include <gradus/examples/training/evaluation.h>
#include <gradus/layers/observer.h>
#include <gradus/layers/sequential.h>
#include <gradus/optim/sgd.h>

#include <vector>

namespace gradus::examples {

// The 15th, 50th and 85th percentile.
struct Percentiles {
  double low = 0, median = 0, high = 0;
};

struct NetworkOptions {
  std::int64_t inputs = 784;
  int classes = 10;
  double deviation = 0.1;
  double learning_rate = 0.1;
  std::int64_t unit = 0;  // of the last hidden layer, to watch
  std::uint64_t seed = 1;
};

// With noise: behind each normalization every unit is scaled and shifted at random, anew in every step of training, as
// Santurkar et al. (2018) did to bring the shift back that the layer is said to remove.
enum class Normalized { no, yes, with_noise };

class Network {
 public:
  static constexpr std::int64_t hidden_layers = 3, units = 100;

  Network(const NetworkOptions& options, Normalized normalized);

  // One step of gradient descent. Returns the loss.
  double train(const Batch& batch);
  // The fraction of images that are recognized, in evaluation.
  double accuracy(Batches& images) { return evaluate(model_, images).accuracy(); }
  // Of what the watched sigmoid received in the latest training batches, by linear interpolation between neighbours.
  Percentiles sigmoid_input() const;

 private:
  Sequential model_;
  const Layer* last_sigmoid_ = nullptr;
  std::unique_ptr<SGD> optimizer_;
  Tape tape_;
  std::int64_t unit_;
  std::vector<Scalar> seen_;  // the latest, oldest first
};

}  // namespace gradus::examples
