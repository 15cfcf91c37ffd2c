// The command line of train_mnist.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gradus::examples {

enum class ModelKind { mlp, cnn };
enum class OptimizerKind { sgd, adam, adamw, rmsprop, muon };
enum class ScheduleKind { constant, step, cosine, one_cycle };

// The defaults are the recipe of the README for the MLP; those of the convolutional net are in options.cpp.
struct Options {
  std::string data_dir = {};  // empty: where the build has unpacked MNIST
  ModelKind model = ModelKind::mlp;
  std::vector<std::int64_t> channels = {};  // of the convolutional net
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
  bool augment = false;
  std::string load = {}, resume = {};                                                          // files to begin with
  std::string save = {}, onnx = {}, pytorch = {}, checkpoint = {}, metrics = {}, report = {};  // files to write
  bool detect_anomaly = false;
  bool dry_run = false;
  bool quiet = false;
};

// Throws UsageError or HelpRequested. Looks at the words alone, at no file.
Options parse_options(int argc, const char* const* argv);

// All that the trained weights depend on apart from the data, as a command line: "--hidden=256,128 --dropout=0 ...".
std::string configuration(const Options& options);

// The options of a training that goes on: what `argv` says, and the configuration of its checkpoint for the rest.
// Throws std::runtime_error that begins with `name`, the checkpoint's, if the two disagree. A different number of
// epochs is no disagreement if the schedule is constant: then nothing depends on it.
Options resume_options(int argc, const char* const* argv, const std::string& configuration, const std::string& name);

// Throws std::runtime_error if one of the files to write cannot be written.
void check_outputs(const Options& options);

// The highest learning rate where no flag names one.
double default_rate(const Options& options);

std::string describe(const Options& options);  // a line or two for people

}  // namespace gradus::examples
