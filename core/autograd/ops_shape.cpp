// Operations that move numbers without changing them: the gradient moves back.
#include <gradus/core/autograd/ops.h>
#include <gradus/core/error.h>

#include <algorithm>
#include <array>

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

// y = x[..., first:last, ...]: the same along any axis.
Variable slice(const Variable& x, int axis, std::int64_t first, std::int64_t last) {
  const Tensor y = slice(x.value(), axis, first, last);
  if (first < 0) first += x.size(axis);
  return record("slice", {x}, y, [x = x.shape(), axis, first](const Tensor& dy, Gradients& d) {
    const Tensor before = Tensor::zeros(x.with(axis, first));
    const Tensor after = Tensor::zeros(x.with(axis, x[axis] - first - dy.size(axis)));
    d.add(0, concat(std::array{before, dy, after}, axis));
  });
}

// y = the parts one after another: each gets its piece of dy.
Variable concat(const std::vector<Variable>& parts, int axis) {
  std::vector<Tensor> values;
  for (const Variable& part : parts) values.push_back(part.value());
  const Tensor y = concat(values, axis);
  return record("concat", parts, y, [values, axis](const Tensor& dy, Gradients& d) {
    std::int64_t first = 0;
    for (int i = 0; i < static_cast<int>(values.size()); ++i) {
      const std::int64_t last = first + values[static_cast<std::size_t>(i)].size(axis);
      if (d.needs(i)) d.add(i, slice(dy, axis, first, last));
      first = last;
    }
  });
}

// Axis i of y is axis order[i] of x: back again, axis order[i] of dx is axis i of dy.
Variable permute(const Variable& x, const Axes& order) {
  const Tensor y = permute(x.value(), order);
  Axes back = order;
  for (int i = 0; i < order.size(); ++i) back.begin()[x.shape().resolve(order.begin()[i])] = i;
  return record("permute", {x}, y, [back](const Tensor& dy, Gradients& d) { d.add(0, permute(dy, back)); });
}

Variable flatten(const Variable& x) {
  if (x.rank() < 1) fail("flatten", "needs a batch axis, got ", x.shape());
  std::int64_t features = 1;
  for (int axis = 1; axis < x.rank(); ++axis) features *= x.size(axis);
  return reshape(x, {x.size(0), features});
}

}  // namespace gradus
