// Gradient checking of layers: one call in a test checks all gradients of any layer.
//
//   const GradcheckReport report = gradcheck(layer, rng.normal({5, 3}));
//   EXPECT_TRUE(report) << report;
#pragma once

#include <gradus/core/autograd/gradcheck.h>
#include <gradus/layers/layer.h>

namespace gradus {

// Checks the gradients with respect to the inputs and to every parameter, in training and in evaluation, as
// core/autograd/gradcheck.h describes. Buffers, counters and random state are put back before each evaluation, and at
// the end, as the mode is.
GradcheckReport gradcheck(Layer& layer, const Tensor& x, const GradcheckOptions& options = {});
GradcheckReport gradcheck(IndexLayer& layer, std::span<const std::int32_t> indices, const Shape& shape,
                          const GradcheckOptions& options = {});
// Any module; f calls it: gradcheck(mix, [&](const std::vector<Variable>& v) { return mix(v[0], v[1]); }, {a, b}).
GradcheckReport gradcheck(Module& module, const Differentiable& f, const std::vector<Tensor>& inputs,
                          const GradcheckOptions& options = {});

}  // namespace gradus
