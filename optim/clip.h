// Gradient clipping.
#pragma once

#include <gradus/core/autograd/parameter.h>

#include <vector>

namespace gradus {

// The Euclidean norm of all gradients taken as one vector; absent ones count as zero.
double grad_norm(const std::vector<Parameter*>& parameters);

// Scales all gradients so that this norm is at most max_norm; returns what it was (Pascanu et al. 2013). A norm that is
// not finite is returned and nothing is scaled. Throws std::invalid_argument unless max_norm > 0.
double clip_grad_norm(const std::vector<Parameter*>& parameters, double max_norm);

}  // namespace gradus
