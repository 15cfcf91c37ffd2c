// What weights start as. fan_in is the number of inputs of a unit, fan_out the number of outputs of an input; weights
// are [fan_out, fan_in].
#pragma once

#include <gradus/core/tensor/random.h>

namespace gradus {

// What PyTorch's Linear starts with, weight and bias alike: uniform in +-1/sqrt(fan_in).
Tensor pytorch_default(const Shape& shape, std::int64_t fan_in, Rng& rng);

// Keeps the variance of activations through ReLUs (He et al. 2015, "Delving deep into rectifiers", equation 10):
// deviation sqrt(2 / fan_in), or uniform in +-sqrt(6 / fan_in), which has the same.
Tensor kaiming_normal(std::int64_t fan_in, std::int64_t fan_out, Rng& rng);
Tensor kaiming_uniform(std::int64_t fan_in, std::int64_t fan_out, Rng& rng);

// Keeps the variance through tanh, as a compromise between forward and backward (Glorot and Bengio 2010, equations 12
// and 16): deviation sqrt(2 / (fan_in + fan_out)), or uniform in +-sqrt(6 / (fan_in + fan_out)).
Tensor xavier_normal(std::int64_t fan_in, std::int64_t fan_out, Rng& rng);
Tensor xavier_uniform(std::int64_t fan_in, std::int64_t fan_out, Rng& rng);

}  // namespace gradus
