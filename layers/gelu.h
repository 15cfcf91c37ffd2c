// GELU: y = x Phi(x), Phi the normal distribution, element by element.
#pragma once

#include <gradus/layers/layer.h>

namespace gradus {

class GELU : public Layer {
 private:
  Variable forward(const Variable& x) override { return gelu(x); }
};

}  // namespace gradus
