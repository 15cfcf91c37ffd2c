// The same net, data and recipe as a program for PyTorch, which runs under torchrun on any number of processes.
#pragma once

#include <gradus/examples/names/options.h>

#include <string>

namespace gradus::examples::letters {

// Throws UsageError for an optimizer that is another one there.
std::string pytorch_program(const Options& options, const Alphabet& alphabet);

}  // namespace gradus::examples::letters
