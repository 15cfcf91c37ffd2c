// The command line of train_mnist.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gradus::examples {

enum class OptimizerKind { sgd, adam, adamw };
enum class ScheduleKind { constant, step, cosine, one_cycle };

// The defaults are the recipe of the README.
struct Options {
  std::string data_dir;  // empty: where the build has unpacked MNIST
  std::int64_t epochs = 20;
  std::int64_t batch_size = 128;
  std::vector<std::int64_t> hidden = {512, 256};
  bool no_bn = false;
  double dropout = 0.2;
  OptimizerKind optimizer = OptimizerKind::adamw;
  double learning_rate = 0;  // 0: what suits the optimizer
  double momentum = 0.9;
  double weight_decay = 0.01;
  double label_smoothing = 0.1;
  ScheduleKind schedule = ScheduleKind::one_cycle;
  std::int64_t warm_up = 0;
  double clip_norm = 0;
  std::uint64_t seed = 1;
  int threads = 1;
  std::int64_t validation = 0;
  std::string metrics;
  bool dry_run = false;
  bool quiet = false;
};

// Throws UsageError or HelpRequested. Outputs are checked to be writable (std::runtime_error).
Options parse_options(int argc, char** argv);

std::string describe(const Options& options);  // a line or two for people

}  // namespace gradus::examples
