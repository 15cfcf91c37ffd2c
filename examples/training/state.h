// The state of a training: what a checkpoint has of a model and its optimizer.
#pragma once

#include <gradus/layers/module.h>
#include <gradus/optim/optimizer.h>

namespace gradus::examples {

// Parameters, buffers and counters as "model.<key>", random state as "generator.<key>", and for each of the optimizer's
// slots "optimizer.<i>.steps" and "optimizer.<i>.state.<j>".
StateDict training_state(const Module& model, const Optimizer& optimizer);
// Puts it back. Throws std::runtime_error if something is missing, unexpected or does not fit; then nothing changed.
void restore_training_state(StateDict state, Module& model, Optimizer& optimizer);

}  // namespace gradus::examples
