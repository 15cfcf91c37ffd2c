// The Table of one level.
#include <gradus/core/kernels/level.h>

namespace gradus::kernels::GRADUS_LEVEL {

extern const Table table;

const Table table = {
#if !defined(__x86_64__)
    .level = "native",
#elif defined(__AVX512F__)
    .level = "x86-64-v4",
#elif defined(__AVX2__)
    .level = "x86-64-v3",
#else
    .level = "x86-64-v2",
#endif
    .binary = binary,
    .unary = unary,
    .power = power,
    .matmul = matmul,
    .sum = sum,
    .max = max,
    .transpose = transpose,
    .softmax = softmax,
    .log_softmax = log_softmax,
    .cross_entropy = cross_entropy,
    .batch_norm_forward = batch_norm_forward,
    .batch_norm_normalize = batch_norm_normalize,
    .batch_norm_backward = batch_norm_backward,
    .adam = adam,
    .sgd = sgd,
    .gather_bytes = gather_bytes,
};

}  // namespace gradus::kernels::GRADUS_LEVEL
