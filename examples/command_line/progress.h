// What a training program shows while it works. On a terminal one line is rewritten about ten times a second;
// elsewhere only whole lines are printed; with --quiet nothing is.
#pragma once

#include <gradus/examples/base.h>

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>

namespace gradus_examples {

enum class ProgressMode { quiet, plain, live };

// live if standard output is a terminal that can rewrite a line, plain if not.
ProgressMode progress_mode(bool quiet);

// One epoch, as its line tells it. Accuracies are fractions.
struct EpochReport {
  std::int64_t epoch = 0;  // from 1
  std::int64_t epochs = 0;
  double samples_per_second = 0;
  double train_loss = 0;
  double train_accuracy = 0;
  std::string held_out = "test";             // what the two below were measured on
  std::optional<double> held_out_loss = {};  // absent: not shown
  std::optional<double> held_out_accuracy = {};
  double train_seconds = 0;
  double seconds_left = 0;
};

// "epoch  3/10   45,210 samples/s   train loss 0.0812  accuracy 97.41 %   test loss 0.0701  accuracy 97.90 %
//  1.4 s   9.8 s left" (one line; the time left is not shown after the last epoch)
std::string epoch_text(const EpochReport& report);

class Progress {
 public:
  using Clock = std::function<double()>;  // seconds since some fixed moment

  explicit Progress(ProgressMode mode);  // to standard output, with the system's clock
  Progress(ProgressMode mode, std::ostream& out, Clock clock, std::size_t width);  // for tests
  ~Progress();                                                                     // clears the live line
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Epochs count from 1. `done` of the epochs may lie behind already (a resumed training).
  void begin_training(std::int64_t epochs, std::int64_t done = 0);
  void begin_epoch(std::int64_t epoch, std::int64_t batches);

  // A live line of one's own, as text() makes it when it is time to draw.
  template <class Text>
  void live(const Text& text) {
    if (due()) draw(text());
  }

  // After each batch: its samples, and loss and accuracy, if there is one, over the epoch so far. Cheap when it is not
  // time to draw.
  void batch(std::int64_t samples, double loss, std::optional<double> accuracy = {});

  // Training of the epoch is over: its clock stops and the live line says that evaluation is under way.
  void end_epoch();

  double train_seconds() const;       // of the last epoch, from begin_epoch to end_epoch
  double samples_per_second() const;  // of the last epoch
  double seconds_left() const;        // of the whole training, from the time its epochs took so far

  // Prints a whole line (nothing with quiet). Throws std::runtime_error if standard output cannot be written.
  void line(const std::string& text);

 private:
  bool due();  // whether it is time to draw the live line
  void draw(const std::string& text);
  void clear();
  double epochs_done() const;

  ProgressMode mode_;
  std::ostream& out_;
  Clock clock_;
  std::size_t width_;  // columns; 0 asks the terminal
  bool drawn_ = false;
  double last_drawn_ = 0;
  std::int64_t epochs_ = 0;
  std::int64_t first_epoch_ = 1;
  std::int64_t epoch_ = 0;
  std::int64_t batches_ = 0;
  std::int64_t batches_done_ = 0;
  std::int64_t samples_ = 0;
  double training_began_ = 0;
  double epoch_began_ = 0;
  double train_seconds_ = 0;
};

}  // namespace gradus_examples
