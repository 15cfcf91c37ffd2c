// Sequential: layers one after another, called "0", "1", ... The first may take Indices (an embedding): then so does
// it.
#pragma once

#include <gradus/layers/layer.h>

#include <type_traits>

namespace gradus {

class Sequential : public Layer {
 public:
  // Makes a layer and appends it: model.add<Linear>(784, 256, rng). Returns it. Throws std::invalid_argument if it
  // takes Indices and is not the first.
  template <class L, class... Arguments>
  L& add(Arguments&&... arguments) {
    if constexpr (std::is_base_of_v<IndexLayer, L>) check_first();
    L& layer = register_module<L>(std::to_string(children().size()), std::forward<Arguments>(arguments)...);
    append(layer);
    return layer;
  }

  using Layer::operator();
  Variable operator()(const Indices& indices);

 private:
  Variable forward(const Variable& x) override;
  Variable run(Variable x) const;
  void append(Layer& layer) { layers_.push_back(&layer); }
  void append(IndexLayer& layer) { first_ = &layer; }
  void check_first() const;

  IndexLayer* first_ = nullptr;  // null if the first takes a Variable
  std::vector<Layer*> layers_;   // the others
};

}  // namespace gradus
