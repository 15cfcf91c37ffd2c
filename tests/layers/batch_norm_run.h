// What the tests of BatchNorm1d share: its forms, one forward and backward, and the layer's buffers.
#pragma once

#include <gradus/examples/batchnorm_derivation/forms.h>

#include <vector>

namespace gradus {

inline constexpr bool in_float = sizeof(Scalar) == 4;
inline constexpr double tolerance = in_float ? 2e-6 : 1e-13;

using examples::BatchNormForm;
using examples::BatchNormInForm;

// The first is the layer's own.
inline constexpr BatchNormForm forms[] = {BatchNormForm::fused, BatchNormForm::simplified, BatchNormForm::staged,
                                          BatchNormForm::composed};

struct Results {
  Tensor y, dx, dgamma, dbeta;
};

inline Results run(BatchNorm1d& layer, const Tensor& x, const Tensor& dy) {
  Tape tape;
  layer.zero_grad();
  const Variable input = tape.variable(x);
  const Variable y = layer(input);
  tape.backward(y, dy);
  const bool affine = layer.gamma() != nullptr;
  return {y.value(), input.grad(), affine ? layer.gamma()->grad() : Tensor(), affine ? layer.beta()->grad() : Tensor()};
}

// Away from 1 and 0, where a forgotten factor would not be seen.
inline void randomize(BatchNorm1d& layer, Rng& rng) {
  layer.gamma()->set_value(rng.uniform({layer.channels()}, Scalar(0.5), Scalar(2)));
  layer.beta()->set_value(rng.normal({layer.channels()}));
}

inline std::vector<Tensor> buffers_of(const Layer& layer) {
  std::vector<Tensor> values;
  for (const auto& [name, buffer] : layer.buffers()) values.push_back(*buffer);
  return values;
}

}  // namespace gradus
