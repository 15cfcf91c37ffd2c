// ReLU: y = max(x, 0), element by element.
#pragma once

#include <gradus/layers/layer.h>

namespace gradus {

class ReLU : public Layer {
 private:
  Variable forward(const Variable& x) override { return relu(x); }
};

}  // namespace gradus
