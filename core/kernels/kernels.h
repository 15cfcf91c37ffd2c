// The kernels: loops over raw memory. Everything above speaks of tensors and calls active().
//
// Each kernel is written twice: in plain/ as its plainest loop, which says what it is, and beside this file as a fast
// one. A level is a Table of them: "plain" has the loops of plain/, and each further one, compiled for its own vector
// instructions, replaces what it makes fast.
//
// All arrays are row-major and contiguous; an output may not overlap an input unless said. Any size may be 0. NaN and
// infinity pass through as IEEE arithmetic has them. The plain level computes in double and rounds when it stores. In
// a fast level sums run in an order that depends neither on the number of threads nor on the level, and those with a
// fused multiply-add (all but x86-64-v2) give the same bits. Sums are pairwise above
// blocks of 128: the error of n terms is at most (128 + log2(n / 128)) units of rounding times the sum of their sizes.
// The sums in products, convolutions and scatter_add are not pairwise. Subnormal numbers count as zero in
// the fast levels, which round to the nearest (subnormals.h); the caller's mode is as it was afterwards.
#pragma once

#include <gradus/core/scalar.h>

#include <cstdint>
#include <span>

namespace gradus::kernels {

using std::int32_t;
using std::int64_t;
using std::uint32_t;
using std::uint64_t;
using std::uint8_t;

enum class Unary {
  neg,
  exp,
  log,
  sqrt,
  relu,     // max(x, 0); NaN stays NaN
  sigmoid,  // 1 / (1 + e^-x)
  tanh,
  abs,
  softplus,  // log(1 + e^x), computed so that nothing overflows
  gelu,      // x Phi(x), Phi(x) = (1 + erf(x / sqrt 2)) / 2 the normal distribution (Hendrycks and Gimpel 2016)
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
  // ... or of a = dy and b = x:
  abs_backward,  // a sign(b), 0 at 0
  // ... and of two numbers as they are:
  maximum,  // NaN if either is
  minimum,
  greater,  // 1 where a > b, else 0
  equal,    // 1 where a = b, else 0
};

enum class Form { nn, nt, tn };  // which operand of a product is transposed

// The shape [n, c, l] of what is normalized per channel: n samples, c channels, l positions (1 for [n, c]).
struct Channels {
  int64_t n, c, l;
};

// The sizes of a convolution: n images of c channels, h rows and w columns; k filters of r rows and s columns, which
// move by `stride` over the image with `padding` zeros around it; outputs of p rows and q columns.
struct Conv2d {
  int64_t n, c, h, w, k, r, s, stride, padding;
  int64_t p() const { return (h + 2 * padding - r) / stride + 1; }
  int64_t q() const { return (w + 2 * padding - s) / stride + 1; }
};

// The sizes of attention: n sequences of t positions, each with `heads` heads of width d.
struct Attention {
  int64_t n, t, heads, d;
};

// What is broadcast to y [rows, n]: for y[r, i] its element p[r row + i step]. step is 1, or 0 where one number serves
// a whole row; row is 0 where one row serves all.
struct Operand {
  const Scalar* p;
  int64_t row, step;
};

// The numbers of a step of adam(): correction1 = 1 - beta1^t and correction2 = 1 - beta2^t at step t = 1, 2, ...
struct AdamStep {
  double learning_rate, beta1, beta2, eps, weight_decay;
  bool decoupled;  // weight decay shrinks the weights themselves instead of joining the gradient
  double correction1, correction2;
};

namespace plain {

// y[r, i] = op(a, b), y [rows, n], each operand as it is broadcast to that. y may be an operand of y's own layout, {y,
// n, 1}.
void binary(Binary op, int64_t rows, int64_t n, Operand a, Operand b, Scalar* y);

// y[i] = op(x[i]) for i < n; y may be x.
void unary(Unary op, int64_t n, const Scalar* x, Scalar* y);

// Gelu with its slope, which is nearly free then: y = x Phi(x) and slope = Phi(x) + x phi(x), the normal distribution
// and its density phi(x) = e^(-x^2 / 2) / sqrt(2 pi); each [n]. y may be x.
void gelu(int64_t n, const Scalar* x, Scalar* y, Scalar* slope);

// y[i] = x[i] to the power of exponent, for i < n; y may be x.
void power(int64_t n, const Scalar* x, Scalar exponent, Scalar* y);

// y[r, i] = mask != 0 ? a : b, y [rows, n], each as in binary().
void select(int64_t rows, int64_t n, Operand mask, Operand a, Operand b, Scalar* y);

// c [m, n] = op(a) op(b):  c[i, j] = sum_l op(a)[i, l] op(b)[l, j] over l < k. In the fast levels each sum is one chain
// of multiply-adds in the order of l; where a or b is mostly zeros, one that would end at -0 may end at 0.
// nn: a [m, k], b [k, n]   nt: a [m, k], b [n, k]   tn: a [k, m], b [k, n]
void matmul(Form form, int64_t m, int64_t n, int64_t k, const Scalar* a, const Scalar* b, Scalar* c);

// y [m, n] = x w^T + bias, x [m, k], w [n, k], bias [n]: the product nt, and bias[j] added to each sum.
void linear(int64_t m, int64_t n, int64_t k, const Scalar* x, const Scalar* w, const Scalar* bias, Scalar* y);

// `count` such products as matmul's: the i-th of a + i a_step and b + i b_step, one after another in c [count, m, n]. A
// step is 0 where one matrix serves all.
void matmul_stack(Form form, int64_t count, int64_t m, int64_t n, int64_t k, const Scalar* a, int64_t a_step,
                  const Scalar* b, int64_t b_step, Scalar* c);

// y [cols, rows] = transpose of x [rows, cols]:  y[j, i] = x[i, j]. Rows of x lie x_row apart, those of y y_row.
void transpose(int64_t rows, int64_t cols, const Scalar* x, int64_t x_row, Scalar* y, int64_t y_row);

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
// label, plus smoothing / cols everywhere. A row whose label is negative is left out: its loss and gradient are 0.
// dlogits may be logits. REQUIRES: labels[r] < cols.
void cross_entropy(int64_t rows, int64_t cols, const Scalar* logits, const int32_t* labels, Scalar smoothing,
                   Scalar* losses, Scalar* dlogits);

// Batch normalization of x [n, c, l]: the mean over the m = n l values of each channel, their biased variance,
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

// Layer normalization of each row of x [rows, cols]: its mean, biased variance and inv_std = 1 / sqrt(variance + eps),
// the first and the last kept in [rows], and y = gamma (x - mean) inv_std + beta. gamma and beta, [cols], may be null:
// 1 and 0. y may be x. REQUIRES: cols > 0.
void layer_norm_forward(int64_t rows, int64_t cols, const Scalar* x, const Scalar* gamma, const Scalar* beta,
                        Scalar eps, Scalar* mean, Scalar* inv_std, Scalar* y);

// From dy, with xhat = (x - mean) inv_std and g = dy gamma:
//   dx = inv_std (g - mean of g - xhat mean of g xhat), the means over the row
//   dgamma = sum of dy xhat and dbeta = sum of dy over the rows, each [cols]
// gamma may be null (1); dx, dgamma, dbeta may be null (not wanted). dx may be dy.
void layer_norm_backward(int64_t rows, int64_t cols, const Scalar* x, const Scalar* dy, const Scalar* mean,
                         const Scalar* inv_std, const Scalar* gamma, Scalar* dx, Scalar* dgamma, Scalar* dbeta);

// Convolution (cross-correlation, as everywhere in deep learning) of x [n, c, h, w] with the filters w [k, c, r, s],
// with x = 0 outside of the image; bias [k] may be null (0):
//   y[n, k, p, q] = bias[k] + sum over c, r, s of x[n, c, p stride + r - padding, q stride + s - padding] w[k, c, r, s]
void conv2d(const Conv2d& size, const Scalar* x, const Scalar* w, const Scalar* bias, Scalar* y);

// Its gradients, from dy [n, k, p, q]: each product x w in a sum above sends dy w to its x and dy x to its w.
//   dx[n, c, i, j] = sum of dy[n, k, p, q] w[k, c, r, s]     over all k, p, q, r, s with i = p stride + r - padding
//   dw[k, c, r, s] = sum of dy[n, k, p, q] x[n, c, i, j]     over all n, p, q       and j = q stride + s - padding
// (An infinity or a NaN in w or x may spread to more of dx or dw than that.)
void conv2d_backward_x(const Conv2d& size, const Scalar* w, const Scalar* dy, Scalar* dx);
void conv2d_backward_w(const Conv2d& size, const Scalar* x, const Scalar* dy, Scalar* dw);

// The largest of each window of r by s of x [n, c, h, w] that moves by `stride`, in y [n, c, p, q] (k and padding of
// `size` play no part), and at which index of its image x [h, w] it stands (the first of several; a NaN counts as the
// largest); and its gradient: dy goes where the largest stood, the rest of dx is 0.
void max_pool2d(const Conv2d& size, const Scalar* x, Scalar* y, int32_t* where);
void max_pool2d_backward(const Conv2d& size, const Scalar* dy, const int32_t* where, Scalar* dx);

// Causal attention (Vaswani et al. 2017). qkv [n, t, 3, heads, d] has a query q, a key k and a value v for each
// position and head. With j <= i, for each sequence and head:
//   p[i, j] = softmax over j of q_i . k_j / sqrt d      y_i = sum over j of p[i, j] v_j
// p [n, heads, t, t], 0 where j > i; y [n, t, heads, d]. (In the fast levels sums run over all positions, in their
// order, with p = 0 where j > i: an infinity or a NaN may spread to earlier positions.)
void attention(const Attention& size, const Scalar* qkv, Scalar* p, Scalar* y);

// From dy, dqkv, in the layout of qkv; j <= i again:
//   dv_j = sum over i of p[i, j] dy_i
//   dp[i, j] = dy_i . v_j      ds[i, j] = p[i, j] (dp[i, j] - sum over l of p[i, l] dp[i, l]) / sqrt d
//   dq_i = sum over j of ds[i, j] k_j      dk_j = sum over i of ds[i, j] q_i
void attention_backward(const Attention& size, const Scalar* qkv, const Scalar* p, const Scalar* dy, Scalar* dqkv);

// Weights w [n] after one step against their gradient g; m and v [n] are the running moments, 0 at the start.
//   g += weight_decay w      or, if decoupled,   w -= learning_rate weight_decay w
//   m = beta1 m + (1 - beta1) g                  v = beta2 v + (1 - beta2) g^2
//   w -= learning_rate (m / correction1) / (sqrt(v / correction2) + eps)
// A moment too small for a normal number becomes 0, as processors are slow with subnormal ones. g itself stays.
void adam(const AdamStep& step, int64_t n, const Scalar* g, Scalar* w, Scalar* m, Scalar* v);

// The same for gradient descent:
//   g += weight_decay w      velocity = momentum velocity + g      w -= learning_rate velocity
// nesterov looks ahead:      w -= learning_rate (g + momentum velocity)
// velocity [n] is 0 at the start, and null if momentum is 0.
void sgd(int64_t n, const Scalar* g, double learning_rate, double momentum, double weight_decay, bool nesterov,
         Scalar* w, Scalar* velocity);

// Rows picked by index, y[r] = x[indices[r]], y [rows, cols], x [any, cols]; and its gradient: each row of dy is added
// to the row of dx [entries, cols] that it was picked from, in the order of r; the fast levels add blocks of 1024 rows
// and then the blocks.
void gather(int64_t rows, int64_t cols, const Scalar* x, const int32_t* indices, Scalar* y);
void scatter_add(int64_t rows, int64_t cols, int64_t entries, const Scalar* dy, const int32_t* indices, Scalar* dx);

// Rows picked by index, bytes turned into numbers: y[r, j] = x[indices[r], j] / divisor, correctly rounded;
// y [rows, cols], x [any, cols].
void gather_bytes(int64_t rows, int64_t cols, const uint8_t* x, const int32_t* indices, Scalar divisor, Scalar* y);

// What dropout multiplies by: each mask[i] is 0 with probability p, from 0 below 1, else 1 / (1 - p). It follows from
// the seed and i alone, and is the same at every level.
void dropout_mask(int64_t n, uint64_t seed, Scalar p, Scalar* mask);

}  // namespace plain

// One level: it starts as the plain one, and a fast level puts its own kernels in place of these.
struct Table {
  const char* level = "plain";  // or "x86-64-v3"
  decltype(plain::binary)* binary = plain::binary;
  decltype(plain::unary)* unary = plain::unary;
  decltype(plain::gelu)* gelu = plain::gelu;
  decltype(plain::power)* power = plain::power;
  decltype(plain::select)* select = plain::select;
  decltype(plain::matmul)* matmul = plain::matmul;
  decltype(plain::linear)* linear = plain::linear;
  decltype(plain::matmul_stack)* matmul_stack = plain::matmul_stack;
  decltype(plain::transpose)* transpose = plain::transpose;
  decltype(plain::sum)* sum = plain::sum;
  decltype(plain::max)* max = plain::max;
  decltype(plain::softmax)* softmax = plain::softmax;
  decltype(plain::log_softmax)* log_softmax = plain::log_softmax;
  decltype(plain::cross_entropy)* cross_entropy = plain::cross_entropy;
  decltype(plain::batch_norm_forward)* batch_norm_forward = plain::batch_norm_forward;
  decltype(plain::batch_norm_normalize)* batch_norm_normalize = plain::batch_norm_normalize;
  decltype(plain::batch_norm_backward)* batch_norm_backward = plain::batch_norm_backward;
  decltype(plain::layer_norm_forward)* layer_norm_forward = plain::layer_norm_forward;
  decltype(plain::layer_norm_backward)* layer_norm_backward = plain::layer_norm_backward;
  decltype(plain::conv2d)* conv2d = plain::conv2d;
  decltype(plain::conv2d_backward_x)* conv2d_backward_x = plain::conv2d_backward_x;
  decltype(plain::conv2d_backward_w)* conv2d_backward_w = plain::conv2d_backward_w;
  decltype(plain::max_pool2d)* max_pool2d = plain::max_pool2d;
  decltype(plain::max_pool2d_backward)* max_pool2d_backward = plain::max_pool2d_backward;
  decltype(plain::attention)* attention = plain::attention;
  decltype(plain::attention_backward)* attention_backward = plain::attention_backward;
  decltype(plain::adam)* adam = plain::adam;
  decltype(plain::sgd)* sgd = plain::sgd;
  decltype(plain::gather)* gather = plain::gather;
  decltype(plain::scatter_add)* scatter_add = plain::scatter_add;
  decltype(plain::gather_bytes)* gather_bytes = plain::gather_bytes;
  decltype(plain::dropout_mask)* dropout_mask = plain::dropout_mask;
};

// The level with the widest vectors this processor has, or the one that the environment variable GRADUS_LEVEL names
// ("plain", "x86-64-v2"). Throws std::invalid_argument if that one is unknown or not supported here.
const Table& active();

// The levels that this processor can run: plain, then from the narrowest vectors to the widest.
std::span<const Table> supported();

}  // namespace gradus::kernels
