#include <gradus/core/autograd/ops.h>

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
