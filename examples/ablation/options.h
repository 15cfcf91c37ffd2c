// The command line of ablation.
#pragma once

#include <gradus/examples/train_mnist/options.h>

namespace gradus::examples {

enum class Comparison { ingredients, optimizers };

struct AblationOptions {
  Comparison comparison = Comparison::ingredients;
  std::int64_t seeds = 3;  // 1, 2, ...
  Options recipe = {};     // of the first seed
  std::string results = "ablation.jsonl", html = {};
};

// Throws UsageError or HelpRequested.
AblationOptions parse_ablation(int argc, const char* const* argv);

}  // namespace gradus::examples
