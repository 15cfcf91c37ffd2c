// The state of a training: what a checkpoint has of a model and its optimizer.
#pragma once

#include <gradus/core/io/state.h>
#include <gradus/layers/module.h>
#include <gradus/optim/optimizer.h>

namespace gradus::examples {

// Parameters, buffers and counters as "model.<key>", random state as "generator.<key>", and for each of the optimizer's
// slots "optimizer.<i>.steps" and "optimizer.<i>.state.<j>".
StateDict training_state(const Module& model, Optimizer& optimizer);
// Puts it back. Throws std::runtime_error if something is missing, unexpected or does not fit; then nothing changed.
void restore_training_state(StateDict state, Module& model, Optimizer& optimizer);

// Takes the value under a key out of the state. Throws std::runtime_error if it is missing or of another type.
template <class T>
T take(StateDict& state, const std::string& key);

std::vector<std::int64_t> random_state(const Rng& rng);
// Throws std::runtime_error unless it is the state of a generator.
Rng::State random_state(const std::vector<std::int64_t>& words);

}  // namespace gradus::examples
