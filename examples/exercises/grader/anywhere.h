// Mistakes that can be made in any exercise.
#pragma once

#include <gradus/examples/exercises/grader/exercise.h>

#include <optional>

namespace gradus::exercises {

// One output of an answer next to what was expected, on the cases for which it returned.
struct Comparison {
  const Exercise& exercise;
  std::size_t output;
  std::vector<const Case*> cases;
  std::vector<std::vector<Tensor>> got, expected;  // of each case all outputs

  const Tensor& mine(std::size_t i) const { return got[i][output]; }
  const Tensor& right(std::size_t i) const { return expected[i][output]; }
};

// A wrong place, shape, sign or factor, where it has a name.
std::optional<std::string> mistake_made_anywhere(const Comparison& comparison);
// Whether all is right but for a factor, whatever it is.
std::optional<std::string> proportional(const Comparison& comparison);

}  // namespace gradus::exercises
