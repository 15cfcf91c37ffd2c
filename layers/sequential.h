// Sequential: layers one after another, called "0", "1", ...
#pragma once

#include <gradus/layers/layer.h>

namespace gradus {

class Sequential : public Layer {
 public:
  // Makes a layer and appends it: model.add<Linear>(784, 256, rng). Returns it.
  template <class L, class... Arguments>
  L& add(Arguments&&... arguments) {
    return register_layer<L>(std::to_string(children().size()), std::forward<Arguments>(arguments)...);
  }

 private:
  Variable forward(const Variable& x) override;
};

}  // namespace gradus
