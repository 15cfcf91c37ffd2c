// What is compared: the recipe, and the recipe with one thing replaced.
#pragma once

#include <gradus/examples/ablation/options.h>
#include <gradus/layers/sequential.h>

namespace gradus::examples {

// Weights to begin with; `usual` leaves those that the layers made.
enum class InitialWeights { usual, kaiming, large, zero };

struct Variant {
  std::string name;
  std::string text;  // what the ingredient does, in a few sentences
  Options options;
  InitialWeights weights = InitialWeights::usual;
};

// The recipe comes first. What would be the recipe again (dropout off where there is none) is left out.
std::vector<Variant> variants(Comparison comparison, const Options& recipe, int classes);

// All that decides what comes out of a run, apart from the data.
std::string key(const Variant& variant, std::uint64_t seed);

// Puts the variant's weights into a new model.
void initialize(Sequential& model, const Variant& variant, std::uint64_t seed);

}  // namespace gradus::examples
