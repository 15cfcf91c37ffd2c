// The data of the page's section on the gradient of batch normalization.
#pragma once

#include <gradus/layers/batch_norm.h>

#include <string>

namespace gradus::examples {

// One feature of a batch, x and g [m], and what BatchNorm1d's backward makes of it, as JSON:
// {"x": [...], "g": [...], "gamma", "eps", "dx": [...], "dgamma", "dbeta"}.
std::string anatomy_json(const Tensor& x, const Tensor& g, Scalar gamma, Scalar eps);

}  // namespace gradus::examples
