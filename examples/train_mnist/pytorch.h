// The same network, data and recipe as a program for PyTorch: for when one machine is not enough, as it runs under
// torchrun on any number of processes and machines.
#pragma once

#include <gradus/examples/train_mnist/options.h>
#include <gradus/layers/layer.h>

#include <string>

namespace gradus::examples {

// `folder` is where the four IDX files are. Throws std::invalid_argument naming the layer that PyTorch does not have,
// and UsageError for an optimizer that is another one there.
std::string pytorch_program(Layer& model, const Options& options, const std::string& folder);

}  // namespace gradus::examples
