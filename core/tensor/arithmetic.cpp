#include <gradus/core/error.h>
#include <gradus/core/kernels/kernels.h>
#include <gradus/core/tensor/arithmetic.h>
#include <gradus/core/tensor/strides.h>

#include <algorithm>
#include <array>

namespace gradus {
namespace {

using kernels::Binary;
using kernels::Operand;
using kernels::Unary;

// A kernel on operands that are broadcast to the shape of y: call(rows, n, operands, y) for each of its matrices.
template <std::size_t count, class Call>
void broadcasting(const std::array<const Tensor*, count>& x, Tensor& y, const Call& call) {
  if (y.count() == 0) return;
  std::array<const Shape*, count> shapes;
  for (std::size_t i = 0; i < count; ++i) shapes[i] = &x[i]->shape();
  const Matrices<count> matrices(y.shape(), shapes);
  Scalar* const out = y.mutable_data();
  matrices.for_each([&](const auto& offsets, std::int64_t in_y) {
    std::array<Operand, count> operands;
    for (std::size_t i = 0; i < count; ++i)
      operands[i] = {x[i]->data() + offsets[i], matrices.row(i), matrices.step(i)};
    call(matrices.rows(), matrices.n(), operands, out + in_y);
  });
}

Tensor binary(const char* name, Binary op, const Tensor& a, const Tensor& b) {
  const auto apply = kernels::active().binary;
  if (a.shape() == b.shape()) {
    Tensor y = Tensor::uninitialized(a.shape());
    apply(op, 1, y.count(), {a.data(), 0, 1}, {b.data(), 0, 1}, y.mutable_data());
    return y;
  }
  Tensor y = Tensor::uninitialized(broadcast(name, a.shape(), b.shape()));
  broadcasting<2>({&a, &b}, y, [&](std::int64_t rows, std::int64_t n, const auto& x, Scalar* to) {
    apply(op, rows, n, x[0], x[1], to);
  });
  return y;
}

// In the place of a, if nobody else holds its numbers.
Tensor binary(const char* name, Binary op, Tensor&& a, const Tensor& b) {
  if (a.shape() != b.shape() || a.shares_numbers()) return binary(name, op, std::as_const(a), b);
  kernels::active().binary(op, 1, a.count(), {a.data(), 0, 1}, {b.data(), 0, 1}, a.mutable_data());
  return std::move(a);
}

// With one number for every element.
Tensor binary(Binary op, const Tensor& a, Scalar b) {
  Tensor y = Tensor::uninitialized(a.shape());
  kernels::active().binary(op, 1, y.count(), {a.data(), 0, 1}, {&b, 0, 0}, y.mutable_data());
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
Tensor operator*(Tensor&& a, const Tensor& b) { return binary("mul", Binary::mul, std::move(a), b); }
Tensor operator/(const Tensor& a, const Tensor& b) { return binary("div", Binary::div, a, b); }
Tensor operator-(const Tensor& x) { return unary(Unary::neg, x); }
Tensor operator+(const Tensor& a, Scalar b) { return binary(Binary::add, a, b); }
Tensor operator-(const Tensor& a, Scalar b) { return binary(Binary::sub, a, b); }
Tensor operator*(const Tensor& a, Scalar b) { return binary(Binary::mul, a, b); }
Tensor operator/(const Tensor& a, Scalar b) { return binary(Binary::div, a, b); }
Tensor operator*(Tensor&& a, Scalar b) {
  if (a.shares_numbers()) return std::as_const(a) * b;
  kernels::active().binary(Binary::mul, 1, a.count(), {a.data(), 0, 1}, {&b, 0, 0}, a.mutable_data());
  return std::move(a);
}

void accumulate(Tensor& y, const Tensor& x) {
  bool fits = x.rank() <= y.rank();
  for (int axis = -1; fits && axis >= -x.rank(); --axis) fits = x.size(axis) == y.size(axis);
  if (!fits) fail("accumulate", "shape ", y.shape(), " cannot take ", x.shape());
  if (y.count() == 0) return;
  const std::int64_t step = x.count() > 1, rows = step ? y.count() / x.count() : 1, n = y.count() / rows;
  Scalar* out = y.mutable_data();
  kernels::active().binary(Binary::add, rows, n, {out, n, 1}, {x.data(), 0, step}, out);
}

Tensor exp(const Tensor& x) { return unary(Unary::exp, x); }
Tensor log(const Tensor& x) { return unary(Unary::log, x); }
Tensor sqrt(const Tensor& x) { return unary(Unary::sqrt, x); }
Tensor relu(const Tensor& x) { return unary(Unary::relu, x); }
Tensor sigmoid(const Tensor& x) { return unary(Unary::sigmoid, x); }
Tensor tanh(const Tensor& x) { return unary(Unary::tanh, x); }

Tensor abs(const Tensor& x) { return unary(Unary::abs, x); }
Tensor softplus(const Tensor& x) { return unary(Unary::softplus, x); }
Tensor gelu(const Tensor& x, Tensor* slope) {
  if (slope == nullptr) return unary(Unary::gelu, x);
  Tensor y = Tensor::uninitialized(x.shape());
  *slope = Tensor::uninitialized(x.shape());
  kernels::active().gelu(x.count(), x.data(), y.mutable_data(), slope->mutable_data());
  return y;
}

Tensor pow(const Tensor& x, Scalar exponent) {
  Tensor y = Tensor::uninitialized(x.shape());
  kernels::active().power(x.count(), x.data(), exponent, y.mutable_data());
  return y;
}

Tensor maximum(const Tensor& a, const Tensor& b) { return binary("maximum", Binary::maximum, a, b); }
Tensor minimum(const Tensor& a, const Tensor& b) { return binary("minimum", Binary::minimum, a, b); }
Tensor greater(const Tensor& a, const Tensor& b) { return binary("greater", Binary::greater, a, b); }
Tensor equal(const Tensor& a, const Tensor& b) { return binary("equal", Binary::equal, a, b); }

Tensor where(const Tensor& mask, const Tensor& a, const Tensor& b) {
  const Shape shape = broadcast("where", mask.shape(), broadcast("where", a.shape(), b.shape()));
  Tensor y = Tensor::uninitialized(shape);
  broadcasting<3>({&mask, &a, &b}, y, [](std::int64_t rows, std::int64_t n, const auto& x, Scalar* to) {
    kernels::active().select(rows, n, x[0], x[1], x[2], to);
  });
  return y;
}

Tensor relu_backward(Tensor dy, const Tensor& y) {
  return binary("relu_backward", Binary::relu_backward, std::move(dy), y);
}
Tensor sigmoid_backward(Tensor dy, const Tensor& y) {
  return binary("sigmoid_backward", Binary::sigmoid_backward, std::move(dy), y);
}
Tensor tanh_backward(Tensor dy, const Tensor& y) {
  return binary("tanh_backward", Binary::tanh_backward, std::move(dy), y);
}

Tensor abs_backward(Tensor dy, const Tensor& x) {
  return binary("abs_backward", Binary::abs_backward, std::move(dy), x);
}

namespace {

// [..., m, k] without the last two axes.
Shape stack_of(const Tensor& x) { return Shape(std::span(x.shape().begin(), x.shape().end() - 2)); }

Tensor product(kernels::Form form, std::int64_t m, std::int64_t n, std::int64_t k, const Tensor& a, const Tensor& b) {
  Tensor c = Tensor::uninitialized({m, n});
  kernels::active().matmul(form, m, n, k, a.data(), b.data(), c.mutable_data());
  return c;
}

// Of each operand one matrix serves all products, or each has its own.
Tensor products(kernels::Form form, std::int64_t m, std::int64_t n, std::int64_t k, const Tensor& a, const Tensor& b) {
  const Shape stack = broadcast("matmul", stack_of(a), stack_of(b));
  const auto spread = [&](const Tensor& x) {
    if (stack_of(x) == stack || stack_of(x).count() == 1) return x;
    return broadcast_to(x, stack.with_last(x.size(-2)).with_last(x.size(-1)));
  };
  const Tensor left = spread(a), right = spread(b);
  const auto step = [](const Tensor& x) { return stack_of(x).count() == 1 ? 0 : x.size(-2) * x.size(-1); };
  Tensor c = Tensor::uninitialized(stack.with_last(m).with_last(n));
  kernels::active().matmul_stack(form, stack.count(), m, n, k, left.data(), step(left), right.data(), step(right),
                                 c.mutable_data());
  return c;
}

}  // namespace

Tensor matmul(const Tensor& a, const Tensor& b, Transpose transpose) {
  if (a.rank() < 2 || b.rank() < 2) fail("matmul", "needs two matrices, got ", a.shape(), " and ", b.shape());
  const bool first = transpose == Transpose::first, second = transpose == Transpose::second;
  const std::int64_t *last_a = a.shape().end() - 2, *last_b = b.shape().end() - 2;  // the sizes of a matrix
  const std::int64_t m = last_a[first], k = last_a[!first], n = last_b[!second];
  if (last_b[second] != k) {
    fail("matmul", "x ", a.shape(), first ? " (transposed)" : "", " needs w with ", k, second ? " columns" : " rows",
         ", got ", b.shape());
  }
  const kernels::Form form = first ? kernels::Form::tn : second ? kernels::Form::nt : kernels::Form::nn;
  if (a.rank() > 2 || b.rank() > 2) return products(form, m, n, k, a, b);
  return product(form, m, n, k, a, b);
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
