// The kernels: loops over raw memory, the only rooms with pointers, vectors and threads.
//
// Each kernel source is compiled once per level of vector instructions (x86-64-v2, -v3, -v4; one level elsewhere)
// in a namespace of its own, and fills one Table. active() is the table for this processor. All arrays are
// row-major and contiguous; an output may not overlap an input unless said. Sums run in a fixed order that depends
// neither on the number of threads nor on the level, and levels with fused multiply-adds (all but x86-64-v2) give
// the same bits. NaN and infinity pass through as IEEE arithmetic has them. Any size may be 0.
#pragma once

#include <gradus/core/scalar.h>

#include <cstdint>
#include <vector>

namespace gradus::kernels {

enum class Binary { add, sub, mul, div, relu_backward, sigmoid_backward, tanh_backward };
enum class Unary { neg, exp, log, sqrt, relu, sigmoid, tanh };
enum class Form { nn, nt, tn };  // which operand of a product is transposed

// The shape [n, c, l] of what is normalised per channel: n samples, c channels, l positions (1 for [n, c]).
struct Channels {
  std::int64_t n, c, l;
};

// One step of Adam; correction1 = 1 - beta1^t and correction2 = 1 - beta2^t at step t = 1, 2, ...
struct AdamStep {
  double learning_rate, beta1, beta2, eps, weight_decay;
  bool decoupled;  // weight decay shrinks the weights themselves (AdamW) instead of joining the gradient
  double correction1, correction2;
};

struct SgdStep {
  double learning_rate, momentum, weight_decay;
  bool nesterov;
};

struct Table {
  const char* level;  // "x86-64-v3"

  // y[i] = op(a[i * a_step], b[i * b_step]); a step is 1 or 0 (one value for all). y may be a or b.
  // The backward of an activation is op(dy, y) = dy * f'(x) with f' written in terms of y = f(x).
  void (*binary)(Binary op, std::int64_t n, const Scalar* a, std::int64_t a_step, const Scalar* b, std::int64_t b_step,
                 Scalar* y);

  // y[i] = op(x[i]); y may be x.
  void (*unary)(Unary op, std::int64_t n, const Scalar* x, Scalar* y);

  // y[i] = x[i] to the power of exponent; y may be x.
  void (*power)(std::int64_t n, const Scalar* x, Scalar exponent, Scalar* y);

  // c [m, n] = op(a) op(b), summed over k, each element one chain of fused multiply-adds in the order of k.
  // nn: a [m, k], b [k, n]   nt: a [m, k], b [n, k]   tn: a [k, m], b [k, n]
  void (*matmul)(Form form, std::int64_t m, std::int64_t n, std::int64_t k, const Scalar* a, const Scalar* b,
                 Scalar* c);

  // y [outer, inner] = sum, or largest, of x [outer, count, inner] over the middle dimension. The sum of nothing is
  // 0, the largest of nothing -infinity; the largest is NaN where there is one.
  void (*sum)(std::int64_t outer, std::int64_t count, std::int64_t inner, const Scalar* x, Scalar* y);
  void (*max)(std::int64_t outer, std::int64_t count, std::int64_t inner, const Scalar* x, Scalar* y);

  // y [cols, rows] = transpose of x [rows, cols].
  void (*transpose)(std::int64_t rows, std::int64_t cols, const Scalar* x, Scalar* y);

  // Each row of y [rows, cols] = softmax, or its logarithm, of that row of x; y may be x.
  void (*softmax)(std::int64_t rows, std::int64_t cols, const Scalar* x, Scalar* y);
  void (*log_softmax)(std::int64_t rows, std::int64_t cols, const Scalar* x, Scalar* y);

  // losses[r] = -sum_j target[r, j] log softmax(logits)[r, j], and dlogits [rows, cols] = softmax(logits) - target, the
  // gradient of losses[r] (divide by rows for that of their mean; null if not wanted). Target: 1 - smoothing at the
  // label, plus smoothing / cols everywhere. dlogits may be logits. REQUIRES: 0 <= labels[r] < cols.
  void (*cross_entropy)(std::int64_t rows, std::int64_t cols, const Scalar* logits, const std::int32_t* labels,
                        Scalar smoothing, Scalar* losses, Scalar* dlogits);

  // Batch normalisation of x [n, c, l]: the mean over the m = n l values of each channel, their biased variance,
  // inv_std = 1 / sqrt(variance + eps), each [c], and y = gamma (x - mean) inv_std + beta. gamma and beta, [c], may be
  // null: 1 and 0. y may be x. REQUIRES: m > 0.
  void (*batch_norm_forward)(Channels shape, const Scalar* x, const Scalar* gamma, const Scalar* beta, Scalar eps,
                             Scalar* mean, Scalar* variance, Scalar* inv_std, Scalar* y);

  // The last line of it alone, with given mean and inv_std (evaluation). y may be x.
  void (*batch_norm_normalize)(Channels shape, const Scalar* x, const Scalar* mean, const Scalar* inv_std,
                               const Scalar* gamma, const Scalar* beta, Scalar* y);

  // From dy: dbeta = sum dy and dgamma = sum dy xhat, each [c], xhat = (x - mean) inv_std, and
  //   dx = gamma inv_std (dy - dbeta / m - xhat dgamma / m)   where mean and inv_std came from x (training),
  //   dx = gamma inv_std dy                                   where they were constants (evaluation).
  // gamma may be null (1); dx, dgamma, dbeta may be null (not wanted). dx may be dy.
  void (*batch_norm_backward)(Channels shape, bool training, const Scalar* x, const Scalar* dy, const Scalar* mean,
                              const Scalar* inv_std, const Scalar* gamma, Scalar* dx, Scalar* dgamma, Scalar* dbeta);

  // w [n] after one step against its gradient g; m and v are the running moments. Formulas in optimizer.cpp.
  void (*adam)(const AdamStep& step, std::int64_t n, const Scalar* g, Scalar* w, Scalar* m, Scalar* v);

  // The same for gradient descent; velocity may be null if momentum is 0, and starts as zeros.
  void (*sgd)(const SgdStep& step, std::int64_t n, const Scalar* g, Scalar* w, Scalar* velocity);

  // y[r, :] = images[indices[r], :] / divisor, correctly rounded: y [rows, cols], images [any, cols].
  void (*gather_bytes)(std::int64_t rows, std::int64_t cols, const std::uint8_t* images, const std::int32_t* indices,
                       Scalar divisor, Scalar* y);
};

// The table for the widest vectors this processor has, or the one that the environment variable GRADUS_LEVEL names
// ("x86-64-v2"). Throws std::invalid_argument if that one is unknown or not supported here.
const Table& active();

// The tables that this processor can run, narrowest vectors first.
const std::vector<const Table*>& supported();

}  // namespace gradus::kernels
