// The small computations that `explain` can show.
#pragma once

#include <gradus/examples/explain/explain.h>

#include <functional>
#include <string>
#include <vector>

namespace gradus::examples {

// Called with a tape that has been walked backwards from the loss.
using Show = std::function<void(const Tape& tape, const Variable& loss, const ExplainOptions& options)>;

// The names one may give to --example.
std::vector<std::string> example_names();

// Computes the example and shows it. REQUIRES: one of example_names().
void run_example(const std::string& name, const Show& show);

}  // namespace gradus::examples
