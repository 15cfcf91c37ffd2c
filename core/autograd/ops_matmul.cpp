#include <gradus/core/autograd/ops.h>
#include <gradus/core/error.h>

namespace gradus {

// y = x w          x [n, k], w [k, m], y [n, m]
// dx = dy w^T      dw = x^T dy
Variable matmul(const Variable& x, const Variable& w) {
  const Tensor y = matmul(x.value(), w.value());
  return record("matmul", {x, w}, y, [x = x.value(), w = w.value()](const Tensor& dy, Gradients& d) {
    if (d.needs(0)) d.add(0, matmul(dy, w, Transpose::second));
    if (d.needs(1)) d.add(1, matmul(x, dy, Transpose::first));
  });
}

namespace {

// x [..., in] as [n, in].
Tensor rows_of(const Tensor& x) {
  std::int64_t n = 1;
  for (int axis = 0; axis < x.rank() - 1; ++axis) n *= x.size(axis);
  return x.reshape({n, x.size(-1)});
}

// x w^T without the bias, checked.
Tensor product(const Variable& x, const Variable& w) {
  if (w.rank() != 2 || x.rank() == 0 || x.size(-1) != w.size(1)) {
    fail("linear", "x ", x.shape(), " needs weight [out, ", x.rank() ? text(x.size(-1)) : "in", "], got ", w.shape());
  }
  return matmul(rows_of(x.value()), w.value(), Transpose::second);
}

}  // namespace

// y = x w^T        x [..., in], w [out, in], y [..., out]
// dx = dy w        dw = dy^T x
Variable linear(const Variable& x, const Variable& w) {
  const Tensor y = product(x, w).reshape(x.shape().with(-1, w.size(0)));
  return record("linear", {x, w}, y, [x = x.value(), w = w.value()](const Tensor& dy, Gradients& d) {
    if (d.needs(0)) d.add(0, matmul(rows_of(dy), w).reshape(x.shape()));
    if (d.needs(1)) d.add(1, matmul(rows_of(dy), rows_of(x), Transpose::first));
  });
}

// y = x w^T + b    b [out]
// dx = dy w        dw = dy^T x        db = sum of dy over all rows
Variable linear(const Variable& x, const Variable& w, const Variable& b) {
  const Tensor xw = product(x, w);
  if (b.shape() != Shape{w.size(0)})
    fail("linear", "weight ", w.shape(), " needs bias [", w.size(0), "], got ", b.shape());
  const Tensor y = (xw + b.value()).reshape(x.shape().with(-1, w.size(0)));
  return record("linear", {x, w, b}, y, [x = x.value(), w = w.value()](const Tensor& dy, Gradients& d) {
    if (d.needs(0)) d.add(0, matmul(rows_of(dy), w).reshape(x.shape()));
    if (d.needs(1)) d.add(1, matmul(rows_of(dy), rows_of(x), Transpose::first));
    if (d.needs(2)) d.add(2, sum(rows_of(dy), {0}));
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
