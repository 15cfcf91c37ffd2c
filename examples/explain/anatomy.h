// The data of the page's section on the gradient of batch normalization.
#pragma once

#include <gradus/core/io/json.h>
#include <gradus/layers/batch_norm.h>

namespace gradus::examples {

// One feature of a batch, x and g [m], and what BatchNorm1d's backward makes of it:
// {"x": [...], "g": [...], "gamma", "eps", "dx": [...], "dgamma", "dbeta"}.
JsonText anatomy_json(const Tensor& x, const Tensor& g, Scalar gamma, Scalar eps);

}  // namespace gradus::examples
