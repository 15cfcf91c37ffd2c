// The command line of names.
#pragma once

#include <gradus/examples/names/words.h>

namespace gradus::examples::letters {

enum class OptimizerKind { sgd, adam, adamw, rmsprop, muon };

// The defaults are gpt's.
struct Options {
  NetKind model = NetKind::gpt;
  std::string data = {};
  std::int64_t steps = 2500, batch_size = 32;
  OptimizerKind optimizer = OptimizerKind::adamw;
  double learning_rate = 1e-3;
  std::uint64_t seed = 1;
  int threads = 1;
  std::int64_t sample = 20;
  bool only_sample = false;            // --load and --sample were given: no training
  std::string load = {}, resume = {};  // files to begin with
  std::string save = {}, pytorch = {}, checkpoint = {}, metrics = {}, report = {};  // files to write
  bool quiet = false;
};

// Flags that are not given are as in `inherited`, "--model=mlp --seed=3 ...". Throws UsageError or HelpRequested.
Options parse_options(int argc, const char* const* argv, const std::string& inherited = "");

// All that the trained weights depend on apart from the data and the number of steps, as a command line.
std::string configuration(const Options& options);

std::string name_of(NetKind kind);

// Throws std::runtime_error if one of the files to write cannot be written.
void check_outputs(const Options& options);

std::string describe(const Options& options);  // a line for people

}  // namespace gradus::examples::letters
