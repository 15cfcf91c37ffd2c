// Tanh: y = tanh x, element by element.
#pragma once

#include <gradus/layers/layer.h>

namespace gradus {

class Tanh : public Layer {
 private:
  Variable forward(const Variable& x) override { return tanh(x); }
};

}  // namespace gradus
