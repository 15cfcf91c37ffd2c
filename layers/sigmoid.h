// Sigmoid: y = 1 / (1 + e^-x), element by element.
#pragma once

#include <gradus/layers/layer.h>

namespace gradus {

class Sigmoid : public Layer {
 private:
  Variable forward(const Variable& x) override { return sigmoid(x); }
};

}  // namespace gradus
