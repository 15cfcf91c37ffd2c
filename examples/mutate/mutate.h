// Mutants of a layer's backward: which checks would notice a mistake in it?
//
//   std::cout << examples::mutate(layer, rng.normal({5, 3}));  // in the double build; link gradus::mutate
//
// Whatever the layer's backward functions give to their inputs, every d.add(i, ...), is spoiled while they run:
// dropped, negated, doubled, averaged over the batch, taken from the wrong call ... (mutations.cpp), one mistake at a
// time. Each such mutant is put to five checks. The layer's source is not needed, nor is anything compiled again.
#pragma once

#include <gradus/examples/base.h>
#include <gradus/layers/layer.h>

#include <array>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

namespace gradus::examples {

struct Mutant {
  std::string place;       // "dx of batch_norm"
  std::string mutation;    // "negated"
  bool different = false;  // whether it ever gave anything else than the right backward
  bool values = false, sum = false, squares = false, gradcheck = false, training = false;  // who noticed
  double loss = 0;  // after training, in units of the right backward's
};

struct MutationReport {
  std::string title;
  double loss = 0;  // after training with the right backward
  std::vector<Mutant> mutants;
  // Those that are different and that gradcheck did not notice.
  std::vector<const Mutant*> unnoticed() const;
};

// `seed` is of the first weights and the data of the training. The layer is afterwards as it was, without gradients.
// Choose an x of few rows, none of whose sizes are 1, and, for
// transpositions, with a square in it somewhere: Linear(3, 3).
// Throws std::invalid_argument if the gradient check objects to the layer as it is, or if y has not a row for each of
// x's.
MutationReport mutate(Layer& layer, const Tensor& x, std::uint64_t seed = 1);

// A table, with its columns explained.
std::ostream& operator<<(std::ostream& out, const MutationReport& report);

}  // namespace gradus::examples
