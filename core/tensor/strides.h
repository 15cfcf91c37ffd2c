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

// Calls row(offset in x, offset in y) for the rows first <= r < last of y [shape]; a row is the innermost axis.
template <class Row>
void for_each_row(const Shape& shape, const Strides& x, std::int64_t first, std::int64_t last, const Row& row) {
  const int outer = shape.rank() - 1;
  const std::int64_t length = shape[-1];
  std::array<std::int64_t, Shape::max_rank> index{};
  std::int64_t offset = 0, rest = first;
  for (int axis = outer - 1; axis >= 0 && rest > 0; rest /= shape[axis--]) {
    const auto i = static_cast<std::size_t>(axis);
    index[i] = rest % shape[axis];
    offset += x[i] * index[i];
  }
  for (std::int64_t r = first; r < last; ++r) {
    row(offset, r * length);
    // Count up like an odometer.
    for (int axis = outer - 1; axis >= 0; --axis) {
      const auto i = static_cast<std::size_t>(axis);
      offset += x[i];
      if (++index[i] < shape[axis]) break;
      offset -= x[i] * shape[axis];
      index[i] = 0;
    }
  }
}

// Operands of an element-wise y, each broadcast to its shape, seen as matrices [rows, n]: axes are joined where all
// operands go on evenly from one to the next, so that there is mostly one matrix.
template <std::size_t operands>
class Matrices {
 public:
  using Offsets = std::array<std::int64_t, operands>;

  Matrices(const Shape& shape, const std::array<const Shape*, operands>& of) {
    std::array<Strides, operands> strides;
    for (std::size_t x = 0; x < operands; ++x) strides[x] = broadcast_strides(*of[x], shape);
    for (int axis = shape.rank() - 1; axis >= 0; --axis) {
      if (shape[axis] == 1) continue;
      const auto i = static_cast<std::size_t>(axis);
      bool joins = axes_ > 0;
      for (std::size_t x = 0; x < operands && joins; ++x)
        joins = strides[x][i] == steps_[axes_ - 1][x] * sizes_[axes_ - 1];
      if (joins) {
        sizes_[axes_ - 1] *= shape[axis];
        continue;
      }
      for (std::size_t x = 0; x < operands; ++x) steps_[axes_][x] = strides[x][i];
      sizes_[axes_++] = shape[axis];
    }
  }

  std::int64_t n() const { return sizes_[0]; }
  std::int64_t rows() const { return sizes_[1]; }
  std::int64_t step(std::size_t x) const { return steps_[0][x]; }  // of operand x along n
  std::int64_t row(std::size_t x) const { return steps_[1][x]; }   // and along rows

  // Calls f(offsets in the operands, offset in y) for each matrix.
  template <class F>
  void for_each(const F& f) const {
    walk(axes_, {}, 0, f);
  }

 private:
  template <class F>
  std::int64_t walk(std::size_t axes, Offsets offsets, std::int64_t in_y, const F& f) const {
    if (axes <= 2) {
      f(offsets, in_y);
      return in_y + rows() * n();
    }
    for (std::int64_t i = 0; i < sizes_[axes - 1]; ++i) {
      in_y = walk(axes - 1, offsets, in_y, f);
      for (std::size_t x = 0; x < operands; ++x) offsets[x] += steps_[axes - 1][x];
    }
    return in_y;
  }

  // Joined axes, the innermost first; at least two.
  std::size_t axes_ = 0;
  std::array<std::int64_t, Shape::max_rank> sizes_ = ones();
  std::array<Offsets, Shape::max_rank> steps_{};

  static constexpr std::array<std::int64_t, Shape::max_rank> ones() {
    std::array<std::int64_t, Shape::max_rank> all;
    all.fill(1);
    return all;
  }
};

}  // namespace gradus
