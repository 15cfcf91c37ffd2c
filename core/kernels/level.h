// What one level consists of: every kernel of the Table, as table.cpp puts them together.
#pragma once

#include <gradus/core/kernels/kernels.h>

namespace gradus::kernels::GRADUS_LEVEL {

using std::int32_t;
using std::int64_t;
using std::uint8_t;

void binary(Binary op, int64_t n, const Scalar* a, int64_t a_step, const Scalar* b, int64_t b_step, Scalar* y);
void unary(Unary op, int64_t n, const Scalar* x, Scalar* y);
void power(int64_t n, const Scalar* x, Scalar exponent, Scalar* y);
void matmul(Form form, int64_t m, int64_t n, int64_t k, const Scalar* a, const Scalar* b, Scalar* c);
void sum(int64_t outer, int64_t count, int64_t inner, const Scalar* x, Scalar* y);
void max(int64_t outer, int64_t count, int64_t inner, const Scalar* x, Scalar* y);
void transpose(int64_t rows, int64_t cols, const Scalar* x, Scalar* y);
void softmax(int64_t rows, int64_t cols, const Scalar* x, Scalar* y);
void log_softmax(int64_t rows, int64_t cols, const Scalar* x, Scalar* y);
void cross_entropy(int64_t rows, int64_t cols, const Scalar* logits, const int32_t* labels, Scalar smoothing,
                   Scalar* losses, Scalar* dlogits);
void batch_norm_forward(Channels shape, const Scalar* x, const Scalar* gamma, const Scalar* beta, Scalar eps,
                        Scalar* mean, Scalar* variance, Scalar* inv_std, Scalar* y);
void batch_norm_normalize(Channels shape, const Scalar* x, const Scalar* mean, const Scalar* inv_std,
                          const Scalar* gamma, const Scalar* beta, Scalar* y);
void batch_norm_backward(Channels shape, bool training, const Scalar* x, const Scalar* dy, const Scalar* mean,
                         const Scalar* inv_std, const Scalar* gamma, Scalar* dx, Scalar* dgamma, Scalar* dbeta);
void batch_norm_forward_runs(Channels shape, const Scalar* x, const Scalar* gamma, const Scalar* beta, Scalar eps,
                             Scalar* mean, Scalar* variance, Scalar* inv_std, Scalar* y);
void batch_norm_normalize_runs(Channels shape, const Scalar* x, const Scalar* mean, const Scalar* inv_std,
                               const Scalar* gamma, const Scalar* beta, Scalar* y);
void batch_norm_backward_runs(Channels shape, bool training, const Scalar* x, const Scalar* dy, const Scalar* mean,
                              const Scalar* inv_std, const Scalar* gamma, Scalar* dx, Scalar* dgamma, Scalar* dbeta);
void adam(const AdamStep& step, int64_t n, const Scalar* g, Scalar* w, Scalar* m, Scalar* v);
void sgd(const SgdStep& step, int64_t n, const Scalar* g, Scalar* w, Scalar* velocity);
void gather_bytes(int64_t rows, int64_t cols, const uint8_t* images, const int32_t* indices, Scalar divisor, Scalar* y);

}  // namespace gradus::kernels::GRADUS_LEVEL
