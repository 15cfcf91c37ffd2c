// Sums, means and maxima over chosen axes. Axes that lie side by side are reduced in one go: seen as
// [outer, count, inner], the middle one goes.
#include <gradus/core/error.h>
#include <gradus/core/kernels/kernels.h>
#include <gradus/core/tensor/arithmetic.h>

#include <algorithm>
#include <functional>
#include <numeric>

namespace gradus {
namespace {

std::int64_t product(const Shape& shape, int first, int last) {
  return std::accumulate(shape.begin() + first, shape.begin() + last, std::int64_t{1}, std::multiplies<>());
}

Shape reduced_shape(const Shape& shape, const Axes& axes, Reduced reduced) {
  std::array<std::int64_t, Shape::max_rank> sizes{};
  std::size_t rank = 0;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const bool goes = std::ranges::find(axes, axis) != axes.end();
    if (!goes || reduced == Reduced::kept) sizes[rank++] = goes ? 1 : shape[axis];
  }
  return Shape(std::span<const std::int64_t>(sizes.data(), rank));
}

// The axes as sorted numbers from 0; throws if one is named twice.
Axes sorted(const char* name, const Tensor& x, Axes axes) {
  for (int& axis : axes) axis = x.shape().resolve(axis, name);
  std::ranges::sort(axes);
  const auto twice = std::ranges::adjacent_find(axes);
  if (twice != axes.end()) fail(name, "axis ", *twice, " of ", x.shape(), " is named twice");
  return axes;
}

template <class Kernel>
Tensor reduce(Kernel kernel, const Tensor& x, const Axes& axes, Reduced reduced) {
  Tensor y = x;
  for (const int* end = axes.end(); end != axes.begin();) {
    const int* begin = end - 1;  // [begin, end) is a run of neighbours
    while (begin != axes.begin() && *(begin - 1) == *begin - 1) --begin;
    const int first = *begin, last = *(end - 1);
    const std::int64_t outer = product(y.shape(), 0, first), inner = product(y.shape(), last + 1, y.rank());
    const std::int64_t count = product(y.shape(), first, last + 1);
    Shape shape = y.shape();
    if (begin == axes.begin()) {  // the last run: the shape is that of the result
      shape = reduced_shape(x.shape(), axes, reduced);
    } else {
      for (int axis = first; axis <= last; ++axis) shape = shape.with(axis, 1);
    }
    Tensor less = Tensor::uninitialized(shape);
    kernel(outer, count, inner, y.data(), less.mutable_data());
    y = std::move(less);
    end = begin;
  }
  return y;
}

// For what has no value on nothing.
Axes sorted_not_empty(const char* name, const Tensor& x, const Axes& axes) {
  const Axes in_order = sorted(name, x, axes);
  if (count_along(x.shape(), in_order) == 0) {
    fail(name, "of nothing, along axes that hold no element: ", x.shape());
  }
  return in_order;
}

}  // namespace

void Axes::push_back(int axis) {
  if (size_ == Shape::max_rank) fail("axes", "more than ", Shape::max_rank, " are named");
  axes_[static_cast<std::size_t>(size_++)] = axis;
}

Axes all_axes(const Tensor& x) {
  Axes axes;
  for (int axis = 0; axis < x.rank(); ++axis) axes.push_back(axis);
  return axes;
}

std::int64_t count_along(const Shape& shape, const Axes& axes) {
  std::int64_t count = 1;
  for (const int axis : axes) count *= shape[axis];
  return count;
}

Tensor sum(const Tensor& x) {
  Tensor y = Tensor::uninitialized({});
  kernels::active().sum(1, x.count(), 1, x.data(), y.mutable_data());
  return y;
}

Tensor sum(const Tensor& x, const Axes& axes, Reduced reduced) {
  return reduce(kernels::active().sum, x, sorted("sum", x, axes), reduced);
}

Tensor mean(const Tensor& x, const Axes& axes, Reduced reduced) {
  const Tensor total = reduce(kernels::active().sum, x, sorted_not_empty("mean", x, axes), reduced);
  return total / static_cast<Scalar>(count_along(x.shape(), axes));
}

Tensor max(const Tensor& x, const Axes& axes, Reduced reduced) {
  return reduce(kernels::active().max, x, sorted_not_empty("max", x, axes), reduced);
}

}  // namespace gradus
