// Differentiable operations. Each records one node; its formula and its gradient stand side by side in ops_*.cpp.
//
// Element-wise operations broadcast as in NumPy. Mistakes throw std::invalid_argument with the operation and shapes.
#pragma once

#include <gradus/core/autograd/tape.h>
#include <gradus/core/tensor/arithmetic.h>
#include <gradus/core/tensor/random.h>

#include <optional>
#include <vector>

namespace gradus {

// ops_arithmetic.cpp: element-wise
Variable operator+(const Variable& a, const Variable& b);
Variable operator-(const Variable& a, const Variable& b);
Variable operator*(const Variable& a, const Variable& b);
Variable operator/(const Variable& a, const Variable& b);
Variable operator-(const Variable& x);
Variable pow(const Variable& x, Scalar exponent);
Variable exp(const Variable& x);
Variable log(const Variable& x);
Variable sqrt(const Variable& x);
Variable abs(const Variable& x);
// The larger, the smaller; equal ones share the gradient evenly.
Variable maximum(const Variable& a, const Variable& b);
Variable minimum(const Variable& a, const Variable& b);
// a where the mask is not 0, b where it is: a constant choice, such as where(mask, x, 0).
Variable where(const Tensor& mask, const Variable& a, const Variable& b);

// ops_activation.cpp
Variable relu(const Variable& x);     // max(x, 0), with slope 0 at 0
Variable sigmoid(const Variable& x);  // 1 / (1 + e^-x)
Variable tanh(const Variable& x);
Variable leaky_relu(const Variable& x, Scalar slope = Scalar(0.01));  // x, or slope x where x <= 0
Variable gelu(const Variable& x);  // x Phi(x), Phi the normal distribution (Hendrycks and Gimpel 2016)
Variable silu(const Variable& x);  // x sigmoid(x)
// Each element 0 with probability p, the others divided by 1 - p, so that the expectation stays the same (Srivastava et
// al. 2014). Throws std::invalid_argument unless 0 <= p < 1.
Variable dropout(const Variable& x, Scalar p, Rng& rng);
Variable softmax(const Variable& x);      // over the last axis
Variable log_softmax(const Variable& x);  // over the last axis

// ops_matmul.cpp
// x [..., n, k], w [..., k, m] -> [..., n, m]: the leading axes are a stack of matrices and broadcast.
Variable matmul(const Variable& x, const Variable& w);
// y = x w^T + b, a unit's weights one row: x [..., in], w [out, in], b [out] -> [..., out]
Variable linear(const Variable& x, const Variable& w);
Variable linear(const Variable& x, const Variable& w, const Variable& b);
Variable transpose(const Variable& x);  // [n, m] -> [m, n]
Variable transpose(const Variable& x, int axis_a, int axis_b);

// ops_shape.cpp
Variable reshape(const Variable& x, const Shape& shape);
Variable reshape(const Variable& x, std::initializer_list<std::int64_t> sizes);  // one may be -1: whatever fits
Variable rows(const Variable& x, std::int64_t first, std::int64_t last);  // first <= i < last of the outermost axis
Variable flatten(const Variable& x);                                      // [n, ...] -> [n, rest]
// The elements first <= i < last of an axis; negative bounds count from the end.
Variable slice(const Variable& x, int axis, std::int64_t first, std::int64_t last);
Variable concat(const std::vector<Variable>& parts, int axis);  // one after another along an axis
Variable permute(const Variable& x, const Axes& order);         // axis i of the result is axis order[i] of x

// ops_index.cpp
// Rows of a matrix by their numbers: w [rows, width], indices [...] -> [..., width]. Throws std::invalid_argument if an
// index is not from 0 to rows - 1.
Variable embedding(const Variable& w, const Indices& indices);

// ops_attention.cpp: every position of a sequence takes a weighted mean of the values of those up to itself, in each
// head by weights of its own (Vaswani et al. 2017). x [n, t, 3 width]: a query, a key and a value for each position,
// one after another, each cut into heads -> [n, t, width]. The weights, [n, heads, t, t], go to `weights` if it is not
// null.
Variable causal_attention(const Variable& x, std::int64_t heads, Tensor* weights = nullptr);

// ops_conv.cpp: images x [n, channels, height, width]
struct Conv2dStep {
  std::int64_t stride = 1;   // how far the window moves
  std::int64_t padding = 0;  // rings of zeros around the image
};
// The window of each filter moves over the image: w [out, in, kh, kw], bias [out] -> [n, out, height', width'] with
// height' = (height + 2 padding - kh) / stride + 1, rounded down.
Variable conv2d(const Variable& x, const Variable& w, const Conv2dStep& step = {});
Variable conv2d(const Variable& x, const Variable& w, const Variable& bias, const Conv2dStep& step = {});
// The largest of each square window; it moves by its own size unless `stride` says otherwise. The first of equal ones
// takes the gradient.
Variable max_pool2d(const Variable& x, std::int64_t window, std::int64_t stride = 0);

// ops_reduce.cpp: over all axes, or over those named
Variable sum(const Variable& x);
Variable mean(const Variable& x);
Variable max(const Variable& x);
Variable sum(const Variable& x, const Axes& axes, Reduced reduced = Reduced::dropped);
Variable mean(const Variable& x, const Axes& axes, Reduced reduced = Reduced::dropped);
// Elements that share the maximum share its gradient evenly.
Variable max(const Variable& x, const Axes& axes, Reduced reduced = Reduced::dropped);

// ops_loss.cpp: a scalar, the mean over the batch
// -log softmax(logits)[label]; logits [..., classes], a label from 0 to classes - 1 for each row. With label smoothing
// s the target is (1 - s) at the label plus s / classes everywhere (Szegedy et al. 2015, section 7). Rows with the
// label `ignored` (padding, for instance) are left out of the mean.
Variable cross_entropy(const Variable& logits, std::span<const std::int32_t> labels, Scalar label_smoothing = 0,
                       std::optional<std::int32_t> ignored = {});
// The mean over all elements; the shapes must be equal.
Variable mse(const Variable& y, const Variable& target);  // (y - target)^2
Variable l1(const Variable& y, const Variable& target);   // |y - target|
// d^2 / 2 for d = y - target up to delta in size, delta (|d| - delta / 2) beyond (Huber 1964).
Variable huber(const Variable& y, const Variable& target, Scalar delta = 1);
// -t log sigmoid(x) - (1 - t) log(1 - sigmoid(x)), t from 0 to 1 the probability that is wanted.
Variable binary_cross_entropy_with_logits(const Variable& x, const Variable& target);

}  // namespace gradus
