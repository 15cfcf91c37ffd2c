// The training of names: step by step, and what it reads and writes.
#pragma once

#include <gradus/core/io/checkpoint.h>
#include <gradus/examples/names/model.h>

namespace gradus::examples::letters {

// How it goes, in nats a letter.
struct Report {
  double batch_loss;     // mean over the batches since the last report; NaN if there were none
  double held_out_loss;  // in evaluation
};

class Training {
 public:
  // Options and words must outlive it.
  Training(const Options& options, const Words& words);

  std::string describe() const;  // the words, the configuration and the net

  // One step on a batch that is drawn at random. Throws std::runtime_error if its loss is not finite; what was saved
  // before is good.
  void step();
  std::int64_t steps() const { return steps_; }
  bool report_due() const;  // at most 20 times in the training, and at its end
  // Evaluates, adds a line to the history, and writes a checkpoint if there should be one. (Not if the training was
  // resumed at its end: then all of it is there already.)
  Report report();

  // Throws std::runtime_error that begins with `name` if the checkpoint is of another training; then nothing changed.
  void restore(const Checkpoint& checkpoint, const std::string& name);
  // The lines of --metrics. The last one has also train_loss, step_us (of this run, without the first) and parameters.
  const std::vector<std::string>& history() const { return history_; }
  double held_out_loss() const { return held_out_loss_; }  // of the last report
  std::int64_t saved_step() const { return saved_step_; }  // of the checkpoint; 0 while there is none

  IndexLayer& net() { return *net_; }

 private:
  double loss(const Examples& examples);  // the mean of all letters, in nats
  Variable loss_of(Tape& tape, const Batch& batch);
  [[noreturn]] void fail_not_finite(const std::string& what, std::int64_t step) const;
  Checkpoint checkpoint();

  const Options& options_;
  const Words& words_;
  Examples training_, held_out_;
  Rng rng_;
  std::unique_ptr<IndexLayer> net_;
  std::unique_ptr<Optimizer> optimizer_;
  Tape tape_;
  std::vector<std::size_t> rows_;  // of the batch
  Batch batch_;
  std::int64_t steps_ = 0, batches_ = 0, timed_steps_ = 0, saved_step_ = 0;
  double batch_loss_ = 0, held_out_loss_ = 0, timed_seconds_ = 0;
  std::vector<std::string> history_;
};

}  // namespace gradus::examples::letters
