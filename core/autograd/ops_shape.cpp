// Operations that move numbers without changing them: the gradient moves back.
#include <gradus/core/autograd/ops.h>
#include <gradus/core/error.h>

#include <algorithm>

namespace gradus {

// The same numbers in another shape: dx is dy in the old one.
Variable reshape(const Variable& x, const Shape& shape) {
  const Tensor y = x.value().reshape(shape);
  return record("reshape", {x}, y, [x = x.shape()](const Tensor& dy, Gradients& d) { d.add(0, dy.reshape(x)); });
}

Variable reshape(const Variable& x, std::initializer_list<std::int64_t> sizes) {
  return reshape(x, x.value().reshape(sizes).shape());
}

// y = x[first:last]: the rows that were taken get dy, the others nothing.
Variable rows(const Variable& x, std::int64_t first, std::int64_t last) {
  const Tensor y = x.value().rows(first, last);
  if (first < 0) first += x.size(0);
  return record("rows", {x}, y, [x = x.shape(), first](const Tensor& dy, Gradients& d) {
    Tensor dx = Tensor::zeros(x);
    const std::int64_t row = x[0] ? x.count() / x[0] : 0;
    std::ranges::copy(dy.values(), dx.mutable_data() + first * row);
    d.add(0, dx);
  });
}

Variable flatten(const Variable& x) {
  if (x.rank() < 1) fail("flatten", "needs a batch axis, got ", x.shape());
  std::int64_t features = 1;
  for (int axis = 1; axis < x.rank(); ++axis) features *= x.size(axis);
  return reshape(x, {x.size(0), features});
}

}  // namespace gradus
