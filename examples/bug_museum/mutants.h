// Mutants of the library's layers (examples/mutate/mutate.h), in double.
#pragma once

#include <gradus/examples/base.h>

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

namespace gradus_double::examples {

std::vector<std::string> mutable_layers();  // "Linear", ...
void show_mutants(std::ostream& out, const std::string& layer, std::uint64_t seed);

}  // namespace gradus_double::examples
