// Checks as people write them, from the careless to the careful, of a layer that is called as f(x).
#pragma once

#include <gradus/examples/base.h>
#include <gradus/layers/layer.h>

#include <cstdint>
#include <functional>

namespace gradus::examples {

using LayerFunction = std::function<Variable(const Variable& x)>;
using LossOf = std::function<Variable(const Variable& y)>;

// A gradient check as one writes it in a hurry: one forward, one backward, gradients absent before. The largest error
// of the gradients of x and of the module's parameters, in units of the largest gradient of the same tensor, or of
// a hundredth of the largest of all if that is more.
double gradient_error(Module& module, const LayerFunction& f, Tensor x, const LossOf& loss);

// Such a check objects to errors above this, in double.
inline constexpr double kObjection = 1e-6;

// The loss after `steps` of Adam of a small network around f, Linear, f, tanh, Linear, that learns a number for each
// row of x; `seed` is of its first weights and data. The module's parameters are trained too and put back
// afterwards. Not finite if it diverged.
// Throws std::invalid_argument if y has not as many rows as x.
double loss_after_training(Module& module, const LayerFunction& f, const Shape& x, int steps, std::uint64_t seed);

}  // namespace gradus::examples
