// The kernels: loops over raw memory. Everything above speaks of tensors and calls active().
//
// Each kernel is written twice: in plain/ as its plainest loop, which says what it is, and beside this file as a fast
// one. A level is a Table of them: "plain" has the loops of plain/, and each further one, compiled for its own vector
// instructions, replaces what it makes fast.
//
// All arrays are row-major and contiguous; an output may not overlap an input unless said. Any size may be 0. NaN and
// infinity pass through as IEEE arithmetic has them. The plain level computes in double and rounds when it stores. In
// a fast level sums run in an order that depends neither on the number of threads nor on the level, and those with a
// fused multiply-add (all but x86-64-v2) give the same bits. Sums (but for the product's, one chain each) are pairwise
// above blocks of 128: the error of n terms is at most (128 + log2(n / 128)) units of rounding times the sum of their
// sizes. Subnormal numbers count as zero in the fast levels (subnormals.h); the caller's mode is as it was afterwards.
#pragma once

#include <gradus/core/scalar.h>

#include <cstdint>
#include <span>

namespace gradus::kernels {

using std::int32_t;
using std::int64_t;
using std::uint8_t;

enum class Unary {
  neg,
  exp,
  log,
  sqrt,
  relu,     // max(x, 0); NaN stays NaN
  sigmoid,  // 1 / (1 + e^-x)
  tanh,
};

enum class Binary {
  add,
  sub,
  mul,
  div,
  // dy f'(x) of a function above, written in terms of a = dy and b = f(x):
  relu_backward,     // 0 where b <= 0, else a
  sigmoid_backward,  // a b (1 - b)
  tanh_backward,     // a (1 - b^2)
};

enum class Form { nn, nt, tn };  // which operand of a product is transposed

// The shape [n, c, l] of what is normalised per channel: n samples, c channels, l positions (1 for [n, c]).
struct Channels {
  int64_t n, c, l;
};

// The numbers of a step of adam(): correction1 = 1 - beta1^t and correction2 = 1 - beta2^t at step t = 1, 2, ...
struct AdamStep {
  double learning_rate, beta1, beta2, eps, weight_decay;
  bool decoupled;  // weight decay shrinks the weights themselves instead of joining the gradient
  double correction1, correction2;
};

namespace plain {

// y[i] = op(a[i * a_step], b[i * b_step]) for i < n; a step is 1 or 0 (one value for all). y may be a or b.
void binary(Binary op, int64_t n, const Scalar* a, int64_t a_step, const Scalar* b, int64_t b_step, Scalar* y);

// y[i] = op(x[i]) for i < n; y may be x.
void unary(Unary op, int64_t n, const Scalar* x, Scalar* y);

// y[i] = x[i] to the power of exponent, for i < n; y may be x.
void power(int64_t n, const Scalar* x, Scalar exponent, Scalar* y);

// c [m, n] = op(a) op(b):  c[i, j] = sum_l op(a)[i, l] op(b)[l, j] over l < k. In the fast levels each sum is one chain
// of multiply-adds in the order of l.
// nn: a [m, k], b [k, n]   nt: a [m, k], b [n, k]   tn: a [k, m], b [k, n]
void matmul(Form form, int64_t m, int64_t n, int64_t k, const Scalar* a, const Scalar* b, Scalar* c);

// y [cols, rows] = transpose of x [rows, cols]:  y[j, i] = x[i, j].
void transpose(int64_t rows, int64_t cols, const Scalar* x, Scalar* y);

// y [outer, inner] = sum, or largest, of x [outer, count, inner] over the middle dimension. The sum of nothing is 0,
// the largest of nothing -infinity; the largest is NaN where there is one.
void sum(int64_t outer, int64_t count, int64_t inner, const Scalar* x, Scalar* y);
void max(int64_t outer, int64_t count, int64_t inner, const Scalar* x, Scalar* y);

// Each row of y [rows, cols] = softmax, or its logarithm, of that row of x:  softmax(x)[j] = e^x[j] / sum_k e^x[k]
// for any x, however large. y may be x.
void softmax(int64_t rows, int64_t cols, const Scalar* x, Scalar* y);
void log_softmax(int64_t rows, int64_t cols, const Scalar* x, Scalar* y);

// losses[r] = -sum_j target[r, j] log softmax(logits)[r, j], and dlogits [rows, cols] = softmax(logits) - target, the
// gradient of losses[r] (divide by rows for that of their mean; null if not wanted). Target: 1 - smoothing at the
// label, plus smoothing / cols everywhere. dlogits may be logits. REQUIRES: 0 <= labels[r] < cols.
void cross_entropy(int64_t rows, int64_t cols, const Scalar* logits, const int32_t* labels, Scalar smoothing,
                   Scalar* losses, Scalar* dlogits);

// Batch normalisation of x [n, c, l]: the mean over the m = n l values of each channel, their biased variance,
// inv_std = 1 / sqrt(variance + eps), each [c], and y = gamma (x - mean) inv_std + beta. gamma and beta, [c], may be
// null: 1 and 0. y may be x. REQUIRES: m > 0.
void batch_norm_forward(Channels shape, const Scalar* x, const Scalar* gamma, const Scalar* beta, Scalar eps,
                        Scalar* mean, Scalar* variance, Scalar* inv_std, Scalar* y);

// The last line of it alone, with given mean and inv_std (evaluation). y may be x.
void batch_norm_normalize(Channels shape, const Scalar* x, const Scalar* mean, const Scalar* inv_std,
                          const Scalar* gamma, const Scalar* beta, Scalar* y);

// From dy: dbeta = sum dy and dgamma = sum dy xhat, each [c], xhat = (x - mean) inv_std, and
//   dx = gamma inv_std (dy - dbeta / m - xhat dgamma / m)   where mean and inv_std came from x (training),
//   dx = gamma inv_std dy                                   where they were constants (evaluation).
// gamma may be null (1); dx, dgamma, dbeta may be null (not wanted). dx may be dy.
void batch_norm_backward(Channels shape, bool training, const Scalar* x, const Scalar* dy, const Scalar* mean,
                         const Scalar* inv_std, const Scalar* gamma, Scalar* dx, Scalar* dgamma, Scalar* dbeta);

// Weights w [n] after one step against their gradient g; m and v [n] are the running moments, 0 at the start.
//   g += weight_decay w      or, if decoupled,   w -= learning_rate weight_decay w
//   m = beta1 m + (1 - beta1) g                  v = beta2 v + (1 - beta2) g^2
//   w -= learning_rate (m / correction1) / (sqrt(v / correction2) + eps)
// A moment too small for a normal number becomes 0, as processors are slow with denormal ones. g itself stays.
void adam(const AdamStep& step, int64_t n, const Scalar* g, Scalar* w, Scalar* m, Scalar* v);

// The same for gradient descent:
//   g += weight_decay w      velocity = momentum velocity + g      w -= learning_rate velocity
// nesterov looks ahead:      w -= learning_rate (g + momentum velocity)
// velocity [n] is 0 at the start, and null if momentum is 0.
void sgd(int64_t n, const Scalar* g, double learning_rate, double momentum, double weight_decay, bool nesterov,
         Scalar* w, Scalar* velocity);

// Rows picked by index, bytes turned into numbers: y[r, j] = x[indices[r], j] / divisor, correctly rounded;
// y [rows, cols], x [any, cols].
void gather_bytes(int64_t rows, int64_t cols, const uint8_t* x, const int32_t* indices, Scalar divisor, Scalar* y);

}  // namespace plain

// One level: it starts as the plain one, and a fast level puts its own kernels in place of these.
struct Table {
  const char* level = "plain";  // or "x86-64-v3"
  decltype(plain::binary)* binary = plain::binary;
  decltype(plain::unary)* unary = plain::unary;
  decltype(plain::power)* power = plain::power;
  decltype(plain::matmul)* matmul = plain::matmul;
  decltype(plain::transpose)* transpose = plain::transpose;
  decltype(plain::sum)* sum = plain::sum;
  decltype(plain::max)* max = plain::max;
  decltype(plain::softmax)* softmax = plain::softmax;
  decltype(plain::log_softmax)* log_softmax = plain::log_softmax;
  decltype(plain::cross_entropy)* cross_entropy = plain::cross_entropy;
  decltype(plain::batch_norm_forward)* batch_norm_forward = plain::batch_norm_forward;
  decltype(plain::batch_norm_normalize)* batch_norm_normalize = plain::batch_norm_normalize;
  decltype(plain::batch_norm_backward)* batch_norm_backward = plain::batch_norm_backward;
  decltype(plain::adam)* adam = plain::adam;
  decltype(plain::sgd)* sgd = plain::sgd;
  decltype(plain::gather_bytes)* gather_bytes = plain::gather_bytes;
};

// The level with the widest vectors this processor has, or the one that the environment variable GRADUS_LEVEL names
// ("plain", "x86-64-v2"). Throws std::invalid_argument if that one is unknown or not supported here.
const Table& active();

// The levels that this processor can run: plain, then from the narrowest vectors to the widest.
std::span<const Table> supported();

}  // namespace gradus::kernels
