// SiLU: y = x sigmoid(x), element by element.
#pragma once

#include <gradus/layers/layer.h>

namespace gradus {

class SiLU : public Layer {
 private:
  Variable forward(const Variable& x) override { return silu(x); }
};

}  // namespace gradus
