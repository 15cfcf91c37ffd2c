// LeakyReLU: y = x, or slope x where x <= 0, element by element.
#pragma once

#include <gradus/core/error.h>
#include <gradus/layers/layer.h>

namespace gradus {

class LeakyReLU : public Layer {
 public:
  explicit LeakyReLU(Scalar slope = Scalar(0.01)) : slope_(slope) {}
  std::string describe() const override { return text("LeakyReLU(", slope_, ')'); }

 private:
  Variable forward(const Variable& x) override { return leaky_relu(x, slope_); }

  Scalar slope_;
};

}  // namespace gradus
