// Differentiable operations. Each records one node; its formula and its gradient stand side by side in ops_*.cpp.
//
// Element-wise operations broadcast as in NumPy. Mistakes throw std::invalid_argument with the operation and shapes.
#pragma once

#include <gradus/core/autograd/tape.h>
#include <gradus/core/tensor/arithmetic.h>
#include <gradus/core/tensor/random.h>

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

// ops_activation.cpp
Variable relu(const Variable& x);     // max(x, 0), with slope 0 at 0
Variable sigmoid(const Variable& x);  // 1 / (1 + e^-x)
Variable tanh(const Variable& x);
// Each element 0 with probability p, the others divided by 1 - p, so that the expectation stays the same (Srivastava et
// al. 2014). Throws std::invalid_argument unless 0 <= p < 1.
Variable dropout(const Variable& x, Scalar p, Rng& rng);
Variable softmax(const Variable& x);      // over the last axis
Variable log_softmax(const Variable& x);  // over the last axis

// ops_matmul.cpp
Variable matmul(const Variable& x, const Variable& w);  // x [n, k], w [k, m] -> [n, m]
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

// ops_reduce.cpp: over all axes, or over those named
Variable sum(const Variable& x);
Variable mean(const Variable& x);
Variable max(const Variable& x);
Variable sum(const Variable& x, const Axes& axes, Reduced reduced = Reduced::dropped);
Variable mean(const Variable& x, const Axes& axes, Reduced reduced = Reduced::dropped);
// Elements that share the maximum share its gradient evenly.
Variable max(const Variable& x, const Axes& axes, Reduced reduced = Reduced::dropped);

// ops_loss.cpp: a scalar, the mean over the batch
// -log softmax(logits)[label]; logits [n, classes], n labels from 0 to classes - 1. With label smoothing s the target
// is (1 - s) at the label plus s / classes everywhere (Szegedy et al. 2015, section 7).
Variable cross_entropy(const Variable& logits, std::span<const std::int32_t> labels, Scalar label_smoothing = 0);
// (y - target)^2, the mean over all elements; the shapes must be equal.
Variable mse(const Variable& y, const Variable& target);

}  // namespace gradus
