// State: names and values of everything that a trained model consists of, in order of registration.
#pragma once

#include <gradus/core/tensor/tensor.h>

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace gradus {

// Counters are integers. Lists of integers occur in files (orders, random state) but in no layer.
using StateValue = std::variant<Tensor, std::int64_t, std::vector<std::int64_t>>;
using StateDict = std::vector<std::pair<std::string, StateValue>>;

}  // namespace gradus
