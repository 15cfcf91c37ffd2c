// A model with a bit of everything, for the tests of Layer.
#pragma once

#include <gradus/layers/batch_norm.h>
#include <gradus/layers/dropout.h>
#include <gradus/layers/linear.h>
#include <gradus/layers/sequential.h>

namespace gradus {

// 0 linear, 1 (0 batch norm, 1 dropout, 2 linear without bias)
inline Sequential nested() {
  Rng rng(1);
  Sequential model;
  model.add<Linear>(3, 4, rng);
  Sequential& inner = model.add<Sequential>();
  inner.add<BatchNorm1d>(4);
  inner.add<Dropout>(Scalar(0.5), rng);
  inner.add<Linear>(4, 2, rng, LinearOptions{.bias = false});
  return model;
}

inline Tensor output(Layer& layer, const Tensor& x) {
  Tape tape(Recording::off);
  return layer(tape.input(x)).value();
}

}  // namespace gradus
