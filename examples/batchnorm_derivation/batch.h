// The batch on which all forms are compared. It names no type of the library, for both halves of the program use it:
// the one compiled for float and the one compiled for double.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace batchnorm_derivation {

using Values = std::vector<double>;  // [n, c], row by row

struct Batch {
  std::int64_t n = 0, c = 0;
  Values x, g;                // [n, c]; g is what arrives from above
  std::vector<double> gamma;  // [c]
  double eps = 0;

  std::size_t at(std::int64_t i, std::int64_t feature) const { return static_cast<std::size_t>(i * c + feature); }
};

}  // namespace batchnorm_derivation
