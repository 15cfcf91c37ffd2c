// Arithmetic on tensors, without gradients. Backward functions are written in it.
//
// Element-wise operations broadcast as in NumPy. Mistakes throw std::invalid_argument with the shapes.
#pragma once

#include <gradus/core/tensor/tensor.h>

#include <array>
#include <initializer_list>
#include <optional>
#include <utility>

namespace gradus {

Tensor operator+(const Tensor& a, const Tensor& b);
Tensor operator-(const Tensor& a, const Tensor& b);
Tensor operator*(const Tensor& a, const Tensor& b);
Tensor operator/(const Tensor& a, const Tensor& b);
Tensor operator-(const Tensor& x);
Tensor operator+(const Tensor& a, Scalar b);
Tensor operator-(const Tensor& a, Scalar b);
Tensor operator*(const Tensor& a, Scalar b);
Tensor operator/(const Tensor& a, Scalar b);
// The product takes the place of a where nobody else holds its numbers.
Tensor operator*(Tensor&& a, const Tensor& b);
Tensor operator*(Tensor&& a, Scalar b);
// y += x in place; x has the shape of y, or of its last axes, and is added to each such part.
void accumulate(Tensor& y, const Tensor& x);
// The same where there may be no y yet: the first x is moved in.
inline void accumulate(std::optional<Tensor>& y, Tensor&& x) {
  if (y) return accumulate(*y, x);
  y = std::move(x);
}

Tensor exp(const Tensor& x);
Tensor log(const Tensor& x);
Tensor sqrt(const Tensor& x);
Tensor pow(const Tensor& x, Scalar exponent);
Tensor relu(const Tensor& x);     // max(x, 0); NaN stays NaN
Tensor sigmoid(const Tensor& x);  // 1 / (1 + e^-x)
Tensor tanh(const Tensor& x);

Tensor softplus(const Tensor& x);  // log(1 + e^x), without overflow
// x Phi(x), Phi the normal distribution; and where slope is wanted, Phi(x) + x phi(x), phi its density.
Tensor gelu(const Tensor& x, Tensor* slope = nullptr);
Tensor abs(const Tensor& x);
Tensor maximum(const Tensor& a, const Tensor& b);  // NaN if either is
Tensor minimum(const Tensor& a, const Tensor& b);
Tensor greater(const Tensor& a, const Tensor& b);                    // 1 where a > b, else 0
Tensor equal(const Tensor& a, const Tensor& b);                      // 1 where a = b, else 0
Tensor where(const Tensor& mask, const Tensor& a, const Tensor& b);  // a where the mask is not 0, b where it is

// dy * f'(x) written in terms of y = f(x). The result takes the place of dy where nobody else holds its numbers.
Tensor relu_backward(Tensor dy, const Tensor& y);     // 0 where y <= 0, else dy
Tensor sigmoid_backward(Tensor dy, const Tensor& y);  // dy y (1 - y)
Tensor tanh_backward(Tensor dy, const Tensor& y);     // dy (1 - y^2)
// The same in terms of x.
Tensor abs_backward(Tensor dy, const Tensor& x);  // dy sign(x), 0 at 0

enum class Transpose { none, first, second };
// a [m, k] times b [k, n] is [m, n]; with Transpose::first a is [k, m], with Transpose::second b is [n, k]. Stacks of
// matrices, [..., m, k] and [..., k, n], are multiplied one by one; the leading axes broadcast.
Tensor matmul(const Tensor& a, const Tensor& b, Transpose transpose = Transpose::none);

// Axes of a tensor, such as those that a reduction takes away; negative ones count from the last.
class Axes {
 public:
  Axes() = default;
  Axes(std::initializer_list<int> axes) {
    for (const int axis : axes) push_back(axis);
  }
  void push_back(int axis);  // throws std::invalid_argument if there are Shape::max_rank already
  int size() const { return size_; }
  int* begin() { return axes_.data(); }
  int* end() { return axes_.data() + size_; }
  const int* begin() const { return axes_.data(); }
  const int* end() const { return axes_.data() + size_; }

 private:
  std::array<int, Shape::max_rank> axes_{};  // no vector: recording a step must not take memory
  int size_ = 0;
};

Axes all_axes(const Tensor& x);
// Two axes exchanged; by default those of a matrix.
Tensor transpose(const Tensor& x);
Tensor transpose(const Tensor& x, int axis_a, int axis_b);
// Axis i of the result is axis order[i] of x. Throws std::invalid_argument unless each is named once.
Tensor permute(const Tensor& x, const Axes& order);
// One after another along an axis; the other axes must be equal.
Tensor concat(std::span<const Tensor> parts, int axis);
// The elements first <= i < last of an axis, negative bounds counted from the end.
Tensor slice(const Tensor& x, int axis, std::int64_t first, std::int64_t last);

// How many elements go into each one of the result.
std::int64_t count_along(const Shape& shape, const Axes& axes);

// Kept axes stay with size 1, so that the result broadcasts against x.
enum class Reduced { dropped, kept };
Tensor sum(const Tensor& x);  // of everything: a scalar
Tensor sum(const Tensor& x, const Axes& axes, Reduced reduced = Reduced::dropped);
// The mean and the maximum of nothing are mistakes; the sum of nothing is 0.
Tensor mean(const Tensor& x, const Axes& axes, Reduced reduced = Reduced::dropped);
Tensor max(const Tensor& x, const Axes& axes, Reduced reduced = Reduced::dropped);

// The transpose of broadcasting: x summed over the axes along which `shape` was broadcast to x's shape.
Tensor sum_to(const Tensor& x, const Shape& shape);
Tensor broadcast_to(const Tensor& x, const Shape& shape);

// Over the last axis; rows are shifted by their maximum, so nothing overflows.
Tensor softmax(const Tensor& x);      // e^x_j / sum_k e^x_k
Tensor log_softmax(const Tensor& x);  // x_j - log sum_k e^x_k

}  // namespace gradus
