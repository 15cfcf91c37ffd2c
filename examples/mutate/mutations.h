// Mistakes that a backward can have, whatever it computes: each spoils what it gives to one of its inputs.
#pragma once

#include <gradus/examples/mutate/watched_layer.h>

#include <span>
#include <string_view>

namespace gradus::examples {

struct Mutation {
  std::string_view name;
  Tensor (*spoiled)(const Contribution& c);  // c.dx itself where the mistake cannot be made
};

std::span<const Mutation> mutations();

}  // namespace gradus::examples
