// What happens inside of a network from epoch to epoch, for --report.
//
// Looking changes nothing: running estimates, random state and modes are put back, so a training that is recorded ends
// with the same bits as one that is not.
#pragma once

#include <gradus/core/io/batches.h>
#include <gradus/layers/sequential.h>

#include <string>
#include <vector>

namespace gradus::examples {

// Numbers other than 0 in bins of equal width, over what lies within four deviations of their mean.
struct Histogram {
  double low = 0, high = 0;          // of numbers, or of the logarithms of their sizes
  std::vector<std::int64_t> counts;  // empty if there are none
  double zeros = 0;                  // share of the numbers that are exactly 0: what a ReLU holds back
  double mean = 0, deviation = 0;    // of all, zeros included
};
Histogram histogram(std::span<const Scalar> values);
// With bins for log10 |value|.
Histogram histogram_of_sizes(std::span<const Scalar> values);

// A batch normalization beside the batch that the recorder looks at.
struct BatchNormRecord {
  std::vector<double> running_mean, running_deviation, batch_mean, batch_deviation;  // of each feature

  double mean_gap() const;    // how far the means lie apart, in deviations of the batch; median over the features
  double spread_gap() const;  // |ln(running deviation / batch deviation)|; median over the features
};

struct EpochRecord {
  std::int64_t epoch = 0;                         // that has ended; 0 is before the training
  std::vector<Histogram> activations, gradients;  // of the output of each layer; sizes of the loss's gradients there
  std::vector<double> silent;  // of each layer, share of units (of images: channels); negative if it is no ReLU
  std::vector<Histogram> parameters;
  std::vector<double> updates;               // of each parameter, |change| / |value| at one step; negative if not known
  std::vector<double> mean_gap, spread_gap;  // of each layer; negative if it is no batch normalization
  double train_loss = 0, train_accuracy = 0;  // in evaluation, on the sample
};

class Recorder {
 public:
  // Model and images must outlive it. Only the first `count` images are looked at, and of them
  //   the first 256 as in a step of training (batch statistics, dropout): activations, gradients, batch statistics;
  //   the first 2,000 as in evaluation: loss, accuracy, silent units.
  Recorder(Sequential& model, const ImageSet& images, std::int64_t count, double label_smoothing);

  // Around one step of each epoch.
  void before_step();
  void after_step();
  // After an epoch. Of very many epochs some are kept, evenly spaced, with the first and the last.
  void measure(std::int64_t epoch);

  const std::vector<EpochRecord>& records() const { return records_; }
  // As of the last measurement: one for each layer, empty where it is no batch normalization; and the whole model.
  const std::vector<BatchNormRecord>& batch_norms() const { return batch_norms_; }
  const StateDict& state() const { return state_; }
  std::int64_t probe_size() const { return static_cast<std::int64_t>(probe_.order().size()); }
  std::int64_t sample_size() const { return static_cast<std::int64_t>(sample_.order().size()); }

 private:
  void look_at_training(EpochRecord& record);
  void look_at_evaluation(EpochRecord& record);
  void keep(EpochRecord record);

  Sequential& model_;
  Batches probe_, sample_;
  Scalar label_smoothing_;
  std::vector<Tensor> before_;   // the parameters, between before_step and after_step
  std::vector<double> updates_;  // of this epoch
  std::vector<EpochRecord> records_;
  std::int64_t stride_ = 1;  // of the epochs that are kept
  std::vector<BatchNormRecord> batch_norms_;
  StateDict state_;
};

}  // namespace gradus::examples
