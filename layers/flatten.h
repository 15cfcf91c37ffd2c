// Flatten: [n, ...] -> [n, rest]
#pragma once

#include <gradus/layers/layer.h>

namespace gradus {

class Flatten : public Layer {
 private:
  Variable forward(const Variable& x) override { return flatten(x); }
};

}  // namespace gradus
