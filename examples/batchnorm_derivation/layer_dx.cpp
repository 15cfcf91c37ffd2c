// Compiled for double.
#include <gradus/examples/batchnorm_derivation/comparison.h>

#include <algorithm>

batchnorm_derivation::Columns gradus::examples::layer_dx(BatchNormForm form, const batchnorm_derivation::Batch& batch) {
  const auto m = static_cast<std::int64_t>(batch[0].x.size()), c = static_cast<std::int64_t>(batch.size());
  Tensor x = Tensor::zeros({c, m}), g = x, gamma = Tensor::zeros({c});  // [c, m]: a feature is a row here
  for (std::size_t f = 0; f < batch.size(); ++f) {
    std::ranges::copy(batch[f].x, x.mutable_values().begin() + static_cast<std::int64_t>(f) * m);
    std::ranges::copy(batch[f].g, g.mutable_values().begin() + static_cast<std::int64_t>(f) * m);
    gamma.mutable_values()[f] = batch[f].gamma;
  }
  BatchNormInForm layer(form, c, {.eps = batch[0].eps});
  layer.gamma()->set_value(gamma);
  Tape tape;
  const Variable input = tape.variable(transpose(x));
  const Variable y = layer(input);
  tape.backward(y, transpose(g));
  const Tensor dx = transpose(input.grad());
  batchnorm_derivation::Columns columns;
  for (std::int64_t f = 0; f < c; ++f) {
    const Tensor row = dx.rows(f, f + 1);
    columns.emplace_back(row.values().begin(), row.values().end());
  }
  return columns;
}
