// One run: train_mnist's training of a variant, from its first step to its last.
#pragma once

#include <gradus/core/io/dataset.h>
#include <gradus/examples/ablation/results.h>
#include <gradus/examples/ablation/variants.h>
#include <gradus/examples/command_line/interrupt.h>

#include <functional>
#include <optional>

namespace gradus::examples {

// Nothing if it was interrupted. A training whose numbers are no longer finite is a result too. `after_epoch` gets the
// number of epochs trained.
std::optional<Result> run(const Variant& variant, std::uint64_t seed, const Dataset& data,
                          const InterruptHandler& interrupt, const std::function<void(std::int64_t)>& after_epoch);

// How many seconds a run will take, from a few of its steps and an evaluation. 0 if it diverges in these.
double estimated_seconds(const Variant& variant, const Dataset& data, const InterruptHandler& interrupt);

}  // namespace gradus::examples
