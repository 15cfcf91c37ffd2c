#include <gradus/core/autograd/ops.h>
#include <gradus/core/error.h>
#include <gradus/core/kernels/kernels.h>

namespace gradus {

namespace {

// x [..., in] as [n, in], and y [n, out] in the shape of x but for the last axis.
Variable as_matrix(const Variable& x) {
  std::int64_t n = 1;
  for (int axis = 0; axis < x.rank() - 1; ++axis) n *= x.size(axis);
  return reshape(x, {n, x.size(-1)});
}
Variable shaped_like(const Variable& x, const Variable& y) { return reshape(y, x.shape().with(-1, y.size(1))); }

}  // namespace

// y = x w          x [n, k], w [k, m], y [n, m]; or a stack of each, and a product for each pair
// dx = dy w^T      dw = x^T dy                  ... summed over what was broadcast
Variable matmul(const Variable& x, const Variable& w) {
  if (x.rank() > 2 && w.rank() == 2) return shaped_like(x, matmul(as_matrix(x), w));
  const Tensor y = matmul(x.value(), w.value());
  return record("matmul", {x, w}, y, [x = x.value(), w = w.value()](const Tensor& dy, Gradients& d) {
    if (d.needs(0)) d.add(0, sum_to(matmul(dy, w, Transpose::second), x.shape()));
    if (d.needs(1)) d.add(1, sum_to(matmul(x, dy, Transpose::first), w.shape()));
  });
}

namespace {

void check_linear(const Variable& x, const Variable& w) {
  if (w.rank() != 2 || x.rank() == 0 || x.size(-1) != w.size(1)) {
    fail("linear", "x ", x.shape(), " needs weight [out, ", x.rank() ? text(x.size(-1)) : "in", "], got ", w.shape());
  }
}

}  // namespace

// y = x w^T        x [n, in], w [out, in], y [n, out]
// dx = dy w        dw = dy^T x
Variable linear(const Variable& x, const Variable& w) {
  check_linear(x, w);
  if (x.rank() != 2) return shaped_like(x, linear(as_matrix(x), w));
  const Tensor y = matmul(x.value(), w.value(), Transpose::second);
  return record("linear", {x, w}, y, [x = x.value(), w = w.value()](const Tensor& dy, Gradients& d) {
    if (d.needs(0)) d.add(0, matmul(dy, w));
    if (d.needs(1)) d.add(1, matmul(dy, x, Transpose::first));
  });
}

// y = x w^T + b    b [out]
// dx = dy w        dw = dy^T x        db = sum of dy over the rows
Variable linear(const Variable& x, const Variable& w, const Variable& b) {
  check_linear(x, w);
  if (b.shape() != Shape{w.size(0)}) {
    fail("linear", "weight ", w.shape(), " needs bias [", w.size(0), "], got ", b.shape());
  }
  if (x.rank() != 2) return shaped_like(x, linear(as_matrix(x), w, b));
  Tensor y = Tensor::uninitialized({x.size(0), w.size(0)});
  kernels::active().linear(x.size(0), w.size(0), x.size(1), x.value().data(), w.value().data(), b.value().data(),
                           y.mutable_data());
  return record("linear", {x, w, b}, y, [x = x.value(), w = w.value()](const Tensor& dy, Gradients& d) {
    if (d.needs(0)) d.add(0, matmul(dy, w));
    if (d.needs(1)) d.add(1, matmul(dy, x, Transpose::first));
    if (d.needs(2)) d.add(2, sum(dy, {0}));
  });
}

// y = x^T          dx = dy^T
Variable transpose(const Variable& x) {
  const Tensor y = transpose(x.value());
  return record("transpose", {x}, y, [](const Tensor& dy, Gradients& d) { d.add(0, transpose(dy)); });
}

// Exchanging two axes is its own inverse.
Variable transpose(const Variable& x, int axis_a, int axis_b) {
  const Tensor y = transpose(x.value(), axis_a, axis_b);
  return record("transpose", {x}, y,
                [axis_a, axis_b](const Tensor& dy, Gradients& d) { d.add(0, transpose(dy, axis_a, axis_b)); });
}

}  // namespace gradus
