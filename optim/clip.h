// Gradient clipping.
#pragma once

#include <gradus/core/autograd/parameter.h>

#include <vector>

namespace gradus {

// The Euclidean norm of all gradients taken as one vector; absent ones count as zero.
double grad_norm(const std::vector<Parameter*>& parameters);

// Scales all gradients down if this norm exceeds max_norm, and returns the norm from before (Pascanu et al. 2013). If
// it is not finite, nothing is scaled. Throws std::invalid_argument unless max_norm > 0.
double clip_grad_norm(const std::vector<Parameter*>& parameters, double max_norm);

}  // namespace gradus
