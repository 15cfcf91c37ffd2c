// Judges an answer by its numbers alone.
#pragma once

#include <gradus/examples/exercises/grader/exercise.h>

namespace gradus::exercises {

enum class Mark { right, wrong, not_done };

struct Verdict {
  Mark mark = Mark::right;
  std::string diagnosis;  // what seems to be the mistake; empty if right
  std::string holds;      // of a chain: "lines 1 to 4 hold to 2e-16"; empty if none does
};

// Runs the answer on every case. What it returns is compared with the solution's, output by output; the first that is
// not right is diagnosed: a mistake of the exercise's table that gives the same numbers, else one that can be made
// anywhere (sign, factor, transposed, ...), else the place of the first difference.
Verdict grade(const Exercise& exercise, const Backward& answer);

}  // namespace gradus::exercises
