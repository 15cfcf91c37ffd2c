// The page of --report: a training run as its learner sees it.
#pragma once

#include <gradus/examples/train_mnist/options.h>
#include <gradus/examples/train_mnist/report/doctor.h>
#include <gradus/examples/train_mnist/report/recorder.h>

namespace gradus::examples {

enum class Ending { finished, interrupted, failed };

struct Run {
  const Options& options;
  const Dataset& data;
  const Recorder& recorder;
  Sequential& model;                        // as of the recorder's last record
  Batches& held_out;                        // test or validation images
  const std::vector<std::string>& history;  // lines of --metrics, one for each epoch
  std::int64_t train_count;                 // images trained on
  Ending ending = Ending::finished;
  std::string failure = {};  // why, if it failed
};

// Throws std::runtime_error if the history is not what --metrics writes.
std::string report_page(const Run& run);

// The parts of it that have rules of their own, for tests.
std::vector<EpochPoint> parse_history(const std::vector<std::string>& lines);
Symptoms symptoms(const Run& run);

}  // namespace gradus::examples
