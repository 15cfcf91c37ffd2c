// The command line of train_table.
#pragma once

#include <gradus/examples/base.h>

#include <cstdint>
#include <string>
#include <vector>

namespace gradus::examples::tables {

enum class Task { by_column, classification, regression };

struct Options {
  std::string file = {};    // empty: the penguins
  std::string target = {};  // empty: the penguins' species, or the last column
  Task task = Task::by_column;
  char delimiter = 0;  // 0: as the table's first line has it
  bool no_header = false;
  std::vector<std::int64_t> hidden = {64};
  std::int64_t epochs = 1000;
  std::int64_t patience = 50;
  std::int64_t batch_size = 32;
  double learning_rate = 0.003;
  double weight_decay = 0.1;
  std::uint64_t seed = 1;
  int threads = 1;
  std::string save = {}, metrics = {}, report = {};  // files to write
  std::string load = {}, predict = {}, output = {};  // for predictions; no output: standard output
  bool quiet = false;
};

// Throws UsageError or HelpRequested, and std::runtime_error for a file that could not be written.
Options parse_options(int argc, const char* const* argv);

}  // namespace gradus::examples::tables
