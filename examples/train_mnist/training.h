// The training of train_mnist: epoch by epoch, each followed by an evaluation.
#pragma once

#include <gradus/examples/support/interrupt.h>
#include <gradus/examples/support/progress.h>
#include <gradus/examples/train_mnist/evaluation.h>
#include <gradus/examples/train_mnist/model.h>

namespace gradus::examples {

// One epoch in numbers; a line of --metrics.
struct EpochMetrics {
  std::int64_t epoch = 0;    // from 1; 0 where nothing was trained, and then the training fields are not known
  double train_seconds = 0;  // of training alone
  double samples_per_second = 0;
  double train_loss = 0;  // running means, as trained: with dropout, smoothing and batch statistics
  double train_accuracy = 0;
  double learning_rate = 0;  // at the epoch's last step
  std::string held_out;      // what it was evaluated on: "test" or "validation"
  Evaluation evaluation;

  std::string json() const;
};

class Training {
 public:
  // Data must outlive it. Throws UsageError if a batch or the validation set is larger than the training set.
  Training(const Options& options, const Dataset& data);

  std::string describe();  // the configuration, the data and the model

  // Trains and evaluates one epoch. Returns false, with the metrics unfinished, if it was interrupted.
  // Throws std::runtime_error if the loss is not finite.
  bool run_epoch(Progress& progress, const InterruptHandler& interrupt, EpochMetrics& metrics);
  EpochMetrics evaluate_only();

 private:
  bool train_epoch(Progress& progress, const InterruptHandler& interrupt, EpochMetrics& metrics);

  const Options& options_;
  const Dataset& data_;
  std::int64_t train_count_;  // images to train on; the rest of the training set is for validation
  Batches train_batches_, held_out_batches_;
  Rng rng_;
  Sequential model_;
  std::unique_ptr<Optimizer> optimizer_;
  Schedule schedule_;
  Tape tape_;
  std::int64_t epoch_ = 0, step_ = 0;
};

}  // namespace gradus::examples
