// Compiled for double.
#include <gradus/examples/batchnorm_derivation/layer_forms.h>
#include <gradus/layers/batch_norm.h>

using namespace gradus;

namespace batchnorm_derivation {
namespace {

BatchNormBackward backward_of(LayerForm form) {
  switch (form) {
    case LayerForm::composed:
      return BatchNormBackward::composed;
    case LayerForm::staged:
      return BatchNormBackward::staged;
    case LayerForm::simplified:
      return BatchNormBackward::simplified;
    case LayerForm::fused:
      break;
  }
  return BatchNormBackward::fused;
}

}  // namespace

Values layer_dx(LayerForm form, const Batch& batch) {
  BatchNorm1d layer(batch.c, BatchNorm1dOptions{.eps = batch.eps, .backward = backward_of(form)});
  layer.gamma()->set_value(Tensor({batch.c}, batch.gamma));
  Tape tape;
  const Variable x = tape.variable(Tensor({batch.n, batch.c}, batch.x));
  const Variable y = layer(x);
  tape.backward(y, Tensor({batch.n, batch.c}, batch.g));
  const auto dx = x.grad().values();
  return {dx.begin(), dx.end()};
}

}  // namespace batchnorm_derivation
