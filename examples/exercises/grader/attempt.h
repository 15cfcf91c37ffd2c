// Runs an answer, whatever it does.
#pragma once

#include <gradus/examples/exercises/grader/exercise.h>

#include <string>
#include <vector>

namespace gradus::exercises {

// What an answer returned for one case, or how it failed.
struct Attempt {
  std::vector<Tensor> results = {};
  std::string error = {};
};

// In this process: what may be thrown becomes the error.
Attempt attempt(const Backward& backward, const Case& numbers);
// In a process of its own, which may also crash, or run for seconds: that too becomes the error.
Attempt attempt_apart(const Backward& answer, const Case& numbers);

}  // namespace gradus::exercises
