// The library's own BatchNorm1d in double, to hold the equations against.
#pragma once

#include <gradus/examples/batchnorm_derivation/batch.h>

namespace batchnorm_derivation {

enum class LayerForm { composed, staged, simplified, fused };

// dx as a BatchNorm1d with that backward computes it. For `composed` nobody derived anything: the forward is recorded
// operation by operation, and the tape knows the gradient of each.
Values layer_dx(LayerForm form, const Batch& batch);

}  // namespace batchnorm_derivation
