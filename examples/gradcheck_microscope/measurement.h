// Central differences at many step sizes, for one operation or layer, in one precision.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace microscope {

enum class Kind { operation, layer };

struct Measurement {
  std::string formula;                       // "y = tanh x"
  std::vector<std::string> elements;         // whose gradients were taken: "x[0, 1]", "weight[2, 3]"
  std::vector<double> backward;              // of each element, by backpropagation
  std::vector<std::vector<double>> numeric;  // [step][element], by central differences
  std::vector<std::size_t> beside_kink;      // elements placed next to a point without a derivative ...
  double kink_distance = 0;                  // ... and how far from it; 0 if there are none
  double epsilon = 0;                        // of the precision: 1 + epsilon is the number after 1
};

}  // namespace microscope

// In float and in double. Both see the same inputs, parameters and weights: all are fractions that float represents
// exactly. A step so small that x + h = x gives the numeric gradient 0.
namespace gradus::examples {
microscope::Measurement measure(microscope::Kind kind, const std::string& name, const std::vector<double>& steps,
                                unsigned seed);
}
namespace gradus_double::examples {
microscope::Measurement measure(microscope::Kind kind, const std::string& name, const std::vector<double>& steps,
                                unsigned seed);
}
