// The training of train_mnist: epoch by epoch, each followed by an evaluation.
#pragma once

#include <gradus/core/inspect/anomaly.h>
#include <gradus/core/io/checkpoint.h>
#include <gradus/examples/command_line/interrupt.h>
#include <gradus/examples/command_line/progress.h>
#include <gradus/examples/train_mnist/model.h>
#include <gradus/examples/train_mnist/report/report.h>
#include <gradus/examples/training/evaluation.h>

namespace gradus::examples {

// One epoch in numbers: a line on the terminal, and one of --metrics.
struct EpochMetrics : EpochReport {
  double learning_rate = 0;  // at the epoch's last step
  Evaluation evaluation = {};

  std::string json() const;  // in epoch 0 nothing was trained, so the training fields are not known
};

class Training {
 public:
  // Options and data must outlive it. Throws UsageError if a batch or the validation set is larger than the training
  // set.
  Training(const Options& options, const Dataset& data);

  std::string describe();  // the configuration, the data and the model
  Sequential& model() { return model_; }

  // Trains and evaluates one epoch. Returns false, with the metrics unfinished, if it was interrupted. Throws
  // std::runtime_error if the loss or a parameter is not finite; what was saved before is good.
  bool run_epoch(Progress& progress, const InterruptHandler& interrupt, EpochMetrics& metrics);
  EpochMetrics evaluate_only();
  std::int64_t epoch() const { return epoch_; }  // epochs trained

  // Weights alone. Loading throws std::runtime_error that lists what is missing, unexpected or of another shape; then
  // nothing was loaded.
  void load(const std::string& path);
  void save(const std::string& path) const;
  void save_onnx(const std::string& path);
  void save_pytorch(const std::string& path);

  // --report, if it was asked for: begin before the first epoch of this run; what is written is as of the last epoch
  // that ended, and the model becomes what it was then.
  void begin_report();
  void write_report(Ending ending, const std::string& failure = "");

  // All that decides how the training goes on, and what it had to show so far. Restoring throws std::runtime_error that
  // begins with `name` if the checkpoint is of another training; the network is then as it was.
  Checkpoint checkpoint();
  void save_checkpoint();  // to --checkpoint, if there is one
  void restore(const Checkpoint& checkpoint, const std::string& name);
  std::vector<std::string> history;  // the lines of --metrics, one for each epoch

 private:
  struct StepResult {
    double loss;
    std::int64_t correct;
  };
  bool train_epoch(Progress& progress, const InterruptHandler& interrupt, EpochMetrics& metrics);
  StepResult train_step(const Batch& batch, double learning_rate);
  void remark_on_first_loss(Progress& progress, double loss) const;
  void evaluate_held_out(EpochMetrics& metrics);
  void check_finite(const EpochMetrics& metrics);
  [[noreturn]] void fail_not_finite(const std::string& what, std::int64_t step);

  const Options& options_;
  const Dataset& data_;
  std::int64_t train_count_;  // images to train on; the rest of the training set is for validation
  Batches train_batches_, held_out_batches_;
  Rng rng_;
  Sequential model_;
  std::unique_ptr<Optimizer> optimizer_;
  Schedule schedule_;
  Tape tape_;
  std::optional<AnomalyDetector> detector_;
  std::unique_ptr<Recorder> recorder_;  // null without --report
  std::int64_t epoch_ = 0, step_ = 0;
  std::int64_t saved_epoch_ = 0;  // of the checkpoint that --checkpoint names; 0 while there is none
  std::string data_description_;  // for checkpoints; empty until it is needed
};

// Enough to notice that a training goes on with other images than it began with.
std::string describe_data(const Dataset& data);

// The configuration under which a checkpoint was made. Throws std::runtime_error if it is none of train_mnist.
const std::string& configuration_of(const Checkpoint& checkpoint, const std::string& name);

}  // namespace gradus::examples
