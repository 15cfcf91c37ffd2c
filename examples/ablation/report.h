// The comparison as a table and as a page.
#pragma once

#include <gradus/examples/ablation/results.h>
#include <gradus/examples/ablation/variants.h>

namespace gradus::examples {

// A variant over its seeds, at the last epoch. Accuracies are fractions.
struct Summary {
  std::string name, text;
  std::vector<const Result*> runs;  // those that came to their end
  int failed = 0;
  double accuracy = 0, deviation = 0;  // on the images held out, over the seeds
  // From the recipe, seed by seed: mean, and its standard error, which takes two seeds (0 with one).
  double difference = 0, error = 0;
  double train_accuracy = 0, held_out_loss = 0;
};

// `runs`: for each variant its finished runs.
std::vector<Summary> summaries(const std::vector<Variant>& variants,
                               const std::vector<std::vector<const Result*>>& runs);

std::string table(const std::vector<Summary>& summaries);
std::string page(const std::vector<Summary>& summaries, Comparison comparison, const std::string& setting);

}  // namespace gradus::examples
