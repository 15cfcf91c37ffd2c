// A table of a model: each layer with its output shape and number of parameters.
#pragma once

#include <gradus/layers/layer.h>

namespace gradus {

// Runs the model once, in evaluation and on zeros of the given shape, to learn the shapes.
std::string summary(Layer& model, const Shape& input);

std::int64_t parameter_count(const Layer& model);

}  // namespace gradus
