// Reductions. Their gradients are constant along the axes that went, so they broadcast back; for that the axes are
// kept with size 1 (`kept` is the shape of y with them).
#include <gradus/core/autograd/ops.h>

namespace gradus {
namespace {

Shape kept_shape(const Shape& shape, const Axes& axes) {
  Shape kept = shape;
  for (const int axis : axes) kept = kept.with(axis, 1);
  return kept;
}

}  // namespace

Variable sum(const Variable& x) { return sum(x, all_axes(x.value())); }
Variable mean(const Variable& x) { return mean(x, all_axes(x.value())); }
Variable max(const Variable& x) { return max(x, all_axes(x.value())); }

// y = sum_i x_i          dx_i = dy
Variable sum(const Variable& x, const Axes& axes, Reduced reduced) {
  const Tensor y = sum(x.value(), axes, reduced);
  const Shape kept = kept_shape(x.shape(), axes);
  return record("sum", {x}, y,
                [x = x.shape(), kept](const Tensor& dy, Gradients& d) { d.add(0, broadcast_to(dy.reshape(kept), x)); });
}

// y = 1/m sum_i x_i      dx_i = dy / m
Variable mean(const Variable& x, const Axes& axes, Reduced reduced) {
  const Tensor y = mean(x.value(), axes, reduced);
  const Shape kept = kept_shape(x.shape(), axes);
  const Scalar m = static_cast<Scalar>(count_along(x.shape(), axes));
  return record("mean", {x}, y, [x = x.shape(), kept, m](const Tensor& dy, Gradients& d) {
    d.add(0, broadcast_to(dy.reshape(kept) / m, x));
  });
}

// y = max_i x_i          dx_i = dy / t where x_i is one of the t elements that equal y, else 0
Variable max(const Variable& x, const Axes& axes, Reduced reduced) {
  const Tensor y = max(x.value(), axes, reduced);
  const Shape kept = kept_shape(x.shape(), axes);
  return record("max", {x}, y, [x = x.value(), y = y.reshape(kept), axes](const Tensor& dy, Gradients& d) {
    const Tensor is_max = equal(x, y);
    const Tensor share = dy.reshape(y.shape()) / sum(is_max, axes, Reduced::kept);
    d.add(0, is_max * share);
  });
}

}  // namespace gradus
