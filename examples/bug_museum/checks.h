// What several checks say of each broken backward, in double.
#pragma once

#include <gradus/examples/base.h>

#include <cstdint>
#include <string>
#include <vector>

namespace gradus_examples {

// Of one bug. An error is the largest difference between the backward's gradients and numeric ones, in units of the
// largest gradient of the same tensor, or of a hundredth of the largest of all if that is more.
struct Findings {
  std::string name, formula;
  double sum = 0;              // with the loss sum(y)
  double sum_of_squares = 0;   // sum(y^2)
  double random = 0;           // sum(weights y) with random weights
  double near_eps = 0;         // the same where the variance of x is near epsilon
  std::string invariants;      // numbers of the equations of layers/batch_norm.md that do not hold: "15 16"
  bool gradcheck = false;      // whether the library's gradient check objects
  bool gradcheck_new = false;  // and in a new layer, where gamma is 1 and beta 0
};

// A check objects to errors above the first; in float, where rounding is coarser, it could only above the second.
inline constexpr double kObjection = 1e-6, kObjectionInFloat = 2e-2;

}  // namespace gradus_examples

namespace gradus_double::examples {

// The right backward first, then each bug.
std::vector<Findings> run_checks(std::uint64_t seed);

}  // namespace gradus_double::examples
