// Walking through tensors whose axes lie at other distances than usual: broadcast, permuted.
#pragma once

#include <gradus/core/tensor/shape.h>

#include <array>

namespace gradus {

using Strides = std::array<std::int64_t, Shape::max_rank>;

// How far apart neighbours along each axis are.
inline Strides strides_of(const Shape& shape) {
  Strides strides{};
  std::int64_t stride = 1;
  for (int axis = shape.rank() - 1; axis >= 0; stride *= shape[axis--])
    strides[static_cast<std::size_t>(axis)] = stride;
  return strides;
}

// How far apart neighbours along each axis of `to` are in x; 0 where x is broadcast.
inline Strides broadcast_strides(const Shape& x, const Shape& to) {
  Strides strides{};
  std::int64_t stride = 1;
  for (int axis = -1; axis >= -x.rank(); --axis) {
    strides[static_cast<std::size_t>(to.rank() + axis)] = x[axis] == 1 ? 0 : stride;
    stride *= x[axis];
  }
  return strides;
}

// Calls row(offset in a, offset in b, offset in y) for the rows first <= r < last of y; a row is the innermost axis.
template <class Row>
void for_each_row(const Shape& shape, const Strides& a, const Strides& b, std::int64_t first, std::int64_t last,
                  const Row& row) {
  const int outer = shape.rank() - 1;
  const std::int64_t length = shape[-1];
  std::array<std::int64_t, Shape::max_rank> index{};
  std::int64_t offset_a = 0, offset_b = 0, rest = first;
  for (int axis = outer - 1; axis >= 0 && rest > 0; rest /= shape[axis--]) {
    const auto i = static_cast<std::size_t>(axis);
    index[i] = rest % shape[axis];
    offset_a += a[i] * index[i];
    offset_b += b[i] * index[i];
  }
  for (std::int64_t r = first; r < last; ++r) {
    row(offset_a, offset_b, r * length);
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

// For all of them.
template <class Row>
void for_each_row(const Shape& shape, const Strides& a, const Strides& b, const Row& row) {
  for_each_row(shape, a, b, 0, shape.count() ? shape.count() / shape[-1] : 0, row);
}

}  // namespace gradus
