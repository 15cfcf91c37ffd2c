#include <gradus/examples/explain/anatomy.h>

namespace gradus::examples {

JsonText anatomy_json(const Tensor& x, const Tensor& g, Scalar gamma, Scalar eps) {
  BatchNorm1d layer(1, {.eps = eps});
  layer.gamma()->set_value(Tensor({1}, {gamma}));
  Tape tape;
  const Shape batch = {x.count(), 1};
  const Variable input = tape.variable(x.reshape(batch));
  tape.backward(layer(input), g.reshape(batch));
  return {{"x", x.values()},
          {"g", g.values()},
          {"gamma", gamma},
          {"eps", eps},
          {"dx", input.grad().values()},
          {"dgamma", layer.gamma()->grad().item()},
          {"dbeta", layer.beta()->grad().item()}};
}

}  // namespace gradus::examples
