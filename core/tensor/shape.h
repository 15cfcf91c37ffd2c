// Shape: the sizes of a tensor's axes, outermost first. A scalar has none, and one element.
#pragma once

#include <gradus/core/scalar.h>

#include <array>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <span>
#include <string>

namespace gradus {

class Shape {
 public:
  static constexpr int max_rank = 8;

  Shape() = default;
  // Throws std::invalid_argument on a negative size, more than max_rank axes, or a count beyond 64 bits.
  Shape(std::initializer_list<std::int64_t> sizes) : Shape(std::span(sizes.begin(), sizes.size())) {}
  explicit Shape(std::span<const std::int64_t> sizes) : rank_(static_cast<int>(sizes.size())) {
    if (rank_ > max_rank) refuse(sizes);
    bool negative = false, empty = false, overflows = false;
    for (std::size_t axis = 0; axis < sizes.size(); ++axis) {
      sizes_[axis] = sizes[axis];
      negative |= sizes[axis] < 0;
      empty |= sizes[axis] == 0;
      overflows |= __builtin_mul_overflow(count_, sizes[axis], &count_);
    }
    if (empty) count_ = 0;  // however large the other sizes are
    if (negative || (overflows && !empty)) refuse(sizes);
  }

  int rank() const { return rank_; }
  std::int64_t count() const { return count_; }  // of elements: the product of the sizes
  // The size of an axis; axis -1 is the last. Throws std::invalid_argument if there is no such axis.
  std::int64_t operator[](int axis) const {
    if (axis < 0 || axis >= rank_) axis = resolve(axis);
    return sizes_[static_cast<std::size_t>(axis)];
  }
  // The axis as a number from 0 to rank - 1; `operation` is who asks, for the error's text.
  int resolve(int axis, const char* operation = "shape") const;

  const std::int64_t* begin() const { return sizes_.data(); }
  const std::int64_t* end() const { return sizes_.data() + rank_; }
  bool operator==(const Shape& other) const {
    if (rank_ != other.rank_) return false;
    for (std::size_t axis = 0; axis < static_cast<std::size_t>(rank_); ++axis) {
      if (sizes_[axis] != other.sizes_[axis]) return false;
    }
    return true;
  }

  // This shape with one axis set to another size, or without it.
  Shape with(int axis, std::int64_t size) const;
  Shape without(int axis) const;
  Shape with_last(std::int64_t size) const;  // with another axis behind the last

 private:
  [[noreturn]] static void refuse(std::span<const std::int64_t> sizes);

  std::array<std::int64_t, max_rank> sizes_{};
  std::int64_t count_ = 1;
  int rank_ = 0;
};

// NumPy's rule: aligned at the last axis, sizes must be equal or one of them 1.
// Throws std::invalid_argument naming the operation and both shapes.
Shape broadcast(const char* operation, const Shape& a, const Shape& b);

std::ostream& operator<<(std::ostream& out, const Shape& shape);  // [128, 784]
// Where element i of a tensor of this shape stands: [1, 2].
std::string index_text(const Shape& shape, std::int64_t i);

}  // namespace gradus
