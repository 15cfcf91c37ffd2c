#include <gradus/core/error.h>
#include <gradus/core/kernels/kernels.h>
#include <gradus/core/tensor/arithmetic.h>

#include <algorithm>

namespace gradus {
namespace {

using kernels::Binary;
using kernels::Unary;

using Strides = std::array<std::int64_t, Shape::max_rank>;

// How far apart neighbours along each axis of `to` are in x; 0 where x is broadcast.
Strides broadcast_strides(const Shape& x, const Shape& to) {
  Strides strides{};
  std::int64_t stride = 1;
  for (int axis = -1; axis >= -x.rank(); --axis) {
    strides[static_cast<std::size_t>(to.rank() + axis)] = x[axis] == 1 ? 0 : stride;
    stride *= x[axis];
  }
  return strides;
}

// Calls row(offset in a, offset in b, offset in y) for each row of y, the innermost axis.
template <class Row>
void for_each_row(const Shape& shape, const Strides& a, const Strides& b, Row row) {
  const int outer = shape.rank() - 1;
  const std::int64_t length = shape[-1];
  std::array<std::int64_t, Shape::max_rank> index{};
  std::int64_t offset_a = 0, offset_b = 0;
  for (std::int64_t offset = 0; offset < shape.count(); offset += length) {
    row(offset_a, offset_b, offset);
    // Count up like an odometer.
    for (int axis = outer - 1; axis >= 0; --axis) {
      const auto i = static_cast<std::size_t>(axis);
      offset_a += a[i];
      offset_b += b[i];
      if (++index[i] < shape[axis]) break;
      offset_a -= a[i] * shape[axis];
      offset_b -= b[i] * shape[axis];
      index[i] = 0;
    }
  }
}

Tensor broadcasting(const char* name, Binary op, const Tensor& a, const Tensor& b) {
  const auto apply = kernels::active().binary;
  const Shape shape = broadcast(name, a.shape(), b.shape());
  Tensor y = Tensor::uninitialized(shape);
  Scalar* out = y.mutable_data();
  if (a.count() == 1 || b.count() == 1) {
    apply(op, y.count(), a.data(), a.count() != 1, b.data(), b.count() != 1, out);
    return y;
  }
  const Strides strides_a = broadcast_strides(a.shape(), shape), strides_b = broadcast_strides(b.shape(), shape);
  const auto last = static_cast<std::size_t>(shape.rank() - 1);
  for_each_row(shape, strides_a, strides_b, [&](std::int64_t in_a, std::int64_t in_b, std::int64_t in_y) {
    apply(op, shape[-1], a.data() + in_a, strides_a[last], b.data() + in_b, strides_b[last], out + in_y);
  });
  return y;
}

Tensor binary(const char* name, Binary op, const Tensor& a, const Tensor& b) {
  if (a.shape() != b.shape()) return broadcasting(name, op, a, b);
  Tensor y = Tensor::uninitialized(a.shape());
  kernels::active().binary(op, y.count(), a.data(), 1, b.data(), 1, y.mutable_data());
  return y;
}

// With one number for every element.
Tensor binary(Binary op, const Tensor& a, Scalar b) {
  Tensor y = Tensor::uninitialized(a.shape());
  kernels::active().binary(op, y.count(), a.data(), 1, &b, 0, y.mutable_data());
  return y;
}

Tensor unary(Unary op, const Tensor& x) {
  Tensor y = Tensor::uninitialized(x.shape());
  kernels::active().unary(op, x.count(), x.data(), y.mutable_data());
  return y;
}

}  // namespace

Tensor operator+(const Tensor& a, const Tensor& b) { return binary("add", Binary::add, a, b); }
Tensor operator-(const Tensor& a, const Tensor& b) { return binary("sub", Binary::sub, a, b); }
Tensor operator*(const Tensor& a, const Tensor& b) { return binary("mul", Binary::mul, a, b); }
Tensor operator/(const Tensor& a, const Tensor& b) { return binary("div", Binary::div, a, b); }
Tensor operator-(const Tensor& x) { return unary(Unary::neg, x); }
Tensor operator+(const Tensor& a, Scalar b) { return binary(Binary::add, a, b); }
Tensor operator-(const Tensor& a, Scalar b) { return binary(Binary::sub, a, b); }
Tensor operator*(const Tensor& a, Scalar b) { return binary(Binary::mul, a, b); }
Tensor operator/(const Tensor& a, Scalar b) { return binary(Binary::div, a, b); }

void accumulate(Tensor& y, const Tensor& x) {
  bool fits = x.rank() <= y.rank();
  for (int axis = -1; fits && axis >= -x.rank(); --axis) fits = x.size(axis) == y.size(axis);
  if (!fits) fail("accumulate", "shape ", y.shape(), " cannot take ", x.shape());
  Scalar* out = y.mutable_data();
  for (Scalar* end = out + y.count(); out != end; out += x.count()) {
    kernels::active().binary(Binary::add, x.count(), out, 1, x.data(), 1, out);
  }
}

Tensor exp(const Tensor& x) { return unary(Unary::exp, x); }
Tensor log(const Tensor& x) { return unary(Unary::log, x); }
Tensor sqrt(const Tensor& x) { return unary(Unary::sqrt, x); }
Tensor relu(const Tensor& x) { return unary(Unary::relu, x); }
Tensor sigmoid(const Tensor& x) { return unary(Unary::sigmoid, x); }
Tensor tanh(const Tensor& x) { return unary(Unary::tanh, x); }

Tensor pow(const Tensor& x, Scalar exponent) {
  Tensor y = Tensor::uninitialized(x.shape());
  kernels::active().power(x.count(), x.data(), exponent, y.mutable_data());
  return y;
}

Tensor relu_backward(const Tensor& dy, const Tensor& y) {
  return binary("relu_backward", Binary::relu_backward, dy, y);
}
Tensor sigmoid_backward(const Tensor& dy, const Tensor& y) {
  return binary("sigmoid_backward", Binary::sigmoid_backward, dy, y);
}
Tensor tanh_backward(const Tensor& dy, const Tensor& y) {
  return binary("tanh_backward", Binary::tanh_backward, dy, y);
}

Tensor matmul(const Tensor& a, const Tensor& b, Transpose transpose) {
  if (a.rank() != 2 || b.rank() != 2) fail("matmul", "needs two matrices, got ", a.shape(), " and ", b.shape());
  const bool first = transpose == Transpose::first, second = transpose == Transpose::second;
  const std::int64_t m = a.size(first ? 1 : 0), k = a.size(first ? 0 : 1), n = b.size(second ? 0 : 1);
  if (b.size(second ? 1 : 0) != k) {
    fail("matmul", "x ", a.shape(), first ? " (transposed)" : "", " needs w with ", k, second ? " columns" : " rows",
         ", got ", b.shape());
  }
  Tensor c = Tensor::uninitialized({m, n});
  const kernels::Form form = first ? kernels::Form::tn : second ? kernels::Form::nt : kernels::Form::nn;
  kernels::active().matmul(form, m, n, k, a.data(), b.data(), c.mutable_data());
  return c;
}

Tensor transpose(const Tensor& x) {
  if (x.rank() != 2) fail("transpose", "needs a matrix, or two axes to exchange, got ", x.shape());
  Tensor y = Tensor::uninitialized({x.size(1), x.size(0)});
  kernels::active().transpose(x.size(0), x.size(1), x.data(), y.mutable_data());
  return y;
}

Tensor transpose(const Tensor& x, int axis_a, int axis_b) {
  const auto a = static_cast<std::size_t>(x.shape().resolve(axis_a, "transpose"));
  const auto b = static_cast<std::size_t>(x.shape().resolve(axis_b, "transpose"));
  const Shape shape = x.shape().with(axis_a, x.size(axis_b)).with(axis_b, x.size(axis_a));
  Strides strides{};
  std::int64_t stride = 1;
  for (int axis = x.rank() - 1; axis >= 0; stride *= x.size(axis--)) strides[static_cast<std::size_t>(axis)] = stride;
  std::swap(strides[a], strides[b]);
  Tensor y = Tensor::uninitialized(shape);
  Scalar* out = y.mutable_data();
  const std::int64_t step = strides[static_cast<std::size_t>(x.rank() - 1)];
  for_each_row(shape, strides, strides, [&](std::int64_t in_x, std::int64_t, std::int64_t in_y) {
    for (std::int64_t i = 0; i < shape[-1]; ++i) out[in_y + i] = x.data()[in_x + i * step];
  });
  return y;
}

Tensor sum_to(const Tensor& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  const int extra = x.rank() - shape.rank();
  Axes axes;
  for (int axis = 0; axis < x.rank(); ++axis) {
    if (axis < extra || (shape[axis - extra] == 1 && x.size(axis) != 1)) axes.push_back(axis);
    if (axis >= extra && shape[axis - extra] != 1 && shape[axis - extra] != x.size(axis)) {
      fail("sum_to", x.shape(), " is no broadcast of ", shape);
    }
  }
  if (extra < 0) fail("sum_to", x.shape(), " is no broadcast of ", shape);
  return sum(x, axes).reshape(shape);
}

Tensor broadcast_to(const Tensor& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  if (broadcast("broadcast_to", x.shape(), shape) != shape) {
    fail("broadcast_to", x.shape(), " does not broadcast to ", shape);
  }
  if (x.count() == 1) return Tensor::full(shape, x.item());
  return binary("broadcast_to", Binary::add, x, Tensor::full(shape, Scalar(-0.0)));  // -0 changes no number, not even 0
}

Tensor softmax(const Tensor& x) {
  if (x.rank() == 0) fail("softmax", "needs at least one axis, got ", x.shape());
  Tensor y = Tensor::uninitialized(x.shape());
  if (x.count()) kernels::active().softmax(x.count() / x.size(-1), x.size(-1), x.data(), y.mutable_data());
  return y;
}

Tensor log_softmax(const Tensor& x) {
  if (x.rank() == 0) fail("log_softmax", "needs at least one axis, got ", x.shape());
  Tensor y = Tensor::uninitialized(x.shape());
  if (x.count()) kernels::active().log_softmax(x.count() / x.size(-1), x.size(-1), x.data(), y.mutable_data());
  return y;
}

}  // namespace gradus
