// What can be put under the microscope: operations and layers with inputs to try them on.
#pragma once

#include <gradus/core/tensor/random.h>
#include <gradus/examples/gradcheck_microscope/measurement.h>
#include <gradus/layers/layer.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace gradus::examples {

struct Subject {
  std::string formula;
  std::vector<Parameter> inputs;  // named "x", or "a" and "b"
  std::function<Variable(const std::vector<Variable>& inputs)> f;
  std::shared_ptr<Layer> layer = {};          // null for an operation
  std::vector<std::size_t> beside_kink = {};  // elements of the first input
  double kink_distance = 0;
};

// Numbers that are the same in float and in double: multiples of 1/1024.
class Fractions {
 public:
  explicit Fractions(std::uint64_t seed) : rng_(seed) {}
  Tensor between(const Shape& shape, double low, double high);
  Tensor away_from_zero(const Shape& shape);  // 0.25 to 1.25, of either sign

 private:
  Rng rng_;
};

Subject make_subject(microscope::Kind kind, const std::string& name, Fractions& numbers);
std::vector<std::string> subject_names(microscope::Kind kind);

}  // namespace gradus::examples
