// Sums, means and maxima over chosen axes. Axes that lie side by side are reduced in one go: seen as
// [outer, count, inner], the middle one goes.
#include <gradus/core/arithmetic.h>
#include <gradus/core/error.h>
#include <gradus/core/kernels/kernels.h>

#include <algorithm>
#include <numeric>

namespace gradus {
namespace {

std::int64_t product(const Shape& shape, int first, int last) {
  return std::accumulate(shape.begin() + first, shape.begin() + last, std::int64_t{1}, std::multiplies<>());
}

Shape reduced_shape(const Shape& shape, const Axes& axes, Reduced reduced) {
  std::vector<std::int64_t> sizes(shape.begin(), shape.end());
  for (const int axis : axes) sizes[static_cast<std::size_t>(axis)] = reduced == Reduced::kept ? 1 : -1;
  std::erase(sizes, -1);
  return Shape(sizes);
}

// The axes as sorted numbers from 0; throws if one is named twice.
Axes sorted(const char* name, const Tensor& x, Axes axes) {
  for (int& axis : axes) axis = x.shape().resolve(axis);
  std::ranges::sort(axes);
  if (std::ranges::adjacent_find(axes) != axes.end()) fail(name, "an axis of ", x.shape(), " is named twice");
  return axes;
}

template <class Kernel>
Tensor reduce(Kernel kernel, const Tensor& x, const Axes& axes, Reduced reduced) {
  Tensor y = x;
  for (auto last = axes.rbegin(); last != axes.rend();) {
    auto first = last;  // a run of neighbours, from the last axis to the first
    while (first + 1 != axes.rend() && *(first + 1) == *first - 1) ++first;
    const std::int64_t outer = product(y.shape(), 0, *first), inner = product(y.shape(), *last + 1, y.rank());
    const std::int64_t count = product(y.shape(), *first, *last + 1);
    Shape shape = y.shape();
    for (int axis = *first; axis <= *last; ++axis) shape = shape.with(axis, 1);
    Tensor less = Tensor::uninitialized(shape);
    kernel(outer, count, inner, y.data(), less.mutable_data());
    y = less;
    last = first + 1;
  }
  return y.reshape(reduced_shape(x.shape(), axes, reduced));
}

}  // namespace

Axes all_axes(const Tensor& x) {
  Axes axes(static_cast<std::size_t>(x.rank()));
  std::iota(axes.begin(), axes.end(), 0);
  return axes;
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
  const Tensor total = sum(x, axes, reduced);
  if (x.count() == 0) fail("mean", "of nothing: shape ", x.shape());
  return total / (static_cast<Scalar>(x.count()) / static_cast<Scalar>(total.count()));
}

Tensor max(const Tensor& x, const Axes& axes, Reduced reduced) {
  if (x.count() == 0) fail("max", "of nothing: shape ", x.shape());
  return reduce(kernels::active().max, x, sorted("max", x, axes), reduced);
}

}  // namespace gradus
