// Layer: a Module that maps one Variable to one. The usual case; a layer of one's own registers what it owns in its
// constructor and overrides forward():
//
//   class Scale : public Layer {
//    public:
//     explicit Scale(std::int64_t features) : factor_(register_parameter("factor", Tensor::full({features}, 1))) {}
//    private:
//     Variable forward(const Variable& x) override { return x * factor_; }
//     Parameter& factor_;
//   };
//
// IndexLayer is the same for a layer that takes Indices, such as an embedding; a Sequential may begin with one.
#pragma once

#include <gradus/layers/module.h>

namespace gradus {

class Layer : public Module {
 public:
  Variable operator()(const Variable& x) {
    return call({x}, [&] { return forward(x); });
  }

 protected:
  virtual Variable forward(const Variable& x) = 0;
};

class IndexLayer : public Module {
 public:
  Variable operator()(const Indices& indices) {
    return call(indices, [&] { return forward(indices); });
  }

 protected:
  virtual Variable forward(const Indices& indices) = 0;
};

}  // namespace gradus
