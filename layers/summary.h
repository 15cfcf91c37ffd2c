// A table of a model, in the order of computation: each layer with its output shape and the number of parameters that
// it has itself.
#pragma once

#include <gradus/layers/layer.h>

namespace gradus {

// Runs the model once, in evaluation and on zeros of the given shape, to learn the shapes.
std::string summary(Layer& model, const Shape& input);
// The same for any module; `run` computes it on a tape: [&](Tape& tape) { model(tape.indices(tokens)); }.
std::string summary(Module& model, const std::function<void(Tape&)>& run);

std::int64_t parameter_count(const Module& model);

}  // namespace gradus
