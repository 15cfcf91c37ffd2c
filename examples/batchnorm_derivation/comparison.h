// The equations on one batch: how far they are from each other, and whether the facts that follow from them hold.
#pragma once

#include <gradus/examples/batchnorm_derivation/equations.h>
#include <gradus/examples/batchnorm_derivation/forms.h>

#include <iosfwd>
#include <string>
#include <vector>

namespace batchnorm_derivation {

using Batch = std::vector<Feature>;                // all with the same m
using Columns = std::vector<std::vector<double>>;  // [c][m]: dx of each feature

// What two forms may differ by, in units of the largest |dx| of the feature.
inline constexpr double kTolerance = 1e-10;
inline constexpr double kNumericTolerance = 1e-6;  // from central differences, which are approximate themselves

// Both print a table and return a line about each disagreement.
std::vector<std::string> compare_equations(const Batch& batch, std::ostream& out);
std::vector<std::string> check_invariants(const Batch& batch, std::ostream& out);

}  // namespace batchnorm_derivation

namespace gradus_double::examples {

// dx as the library's layer computes it in that form, in double.
batchnorm_derivation::Columns layer_dx(BatchNormForm form, const batchnorm_derivation::Batch& batch);

}  // namespace gradus_double::examples
