#include <gradus/core/error.h>
#include <gradus/core/tensor/shape.h>

#include <ostream>

namespace gradus {

void Shape::refuse(std::span<const std::int64_t> sizes) {
  if (sizes.size() > max_rank) fail("shape", sizes.size(), " axes, but at most ", max_rank, " are supported");
  std::string listed;
  for (std::size_t axis = 0; axis < sizes.size(); ++axis) {
    if (sizes[axis] < 0) fail("shape", "axis ", axis, " has the negative size ", sizes[axis]);
    listed += text(axis ? ", " : "", sizes[axis]);
  }
  fail("shape", '[', listed, "] has more elements than 64 bits can count");
}

int Shape::resolve(int axis, const char* operation) const {
  if (axis < -rank_ || axis >= rank_) fail(operation, *this, " has no axis ", axis);
  return axis < 0 ? axis + rank_ : axis;
}

Shape Shape::with(int axis, std::int64_t size) const {
  auto sizes = sizes_;
  sizes[static_cast<std::size_t>(resolve(axis))] = size;
  return Shape(std::span<const std::int64_t>(sizes.data(), static_cast<std::size_t>(rank_)));
}

Shape Shape::without(int axis) const {
  auto sizes = sizes_;
  const auto gone = sizes.begin() + resolve(axis);
  std::copy(gone + 1, sizes.end(), gone);
  return Shape(std::span<const std::int64_t>(sizes.data(), static_cast<std::size_t>(rank_ - 1)));
}

Shape Shape::with_last(std::int64_t size) const {
  if (rank_ == max_rank) fail("shape", *this, " has ", max_rank, " axes already");
  auto sizes = sizes_;
  sizes[static_cast<std::size_t>(rank_)] = size;
  return Shape(std::span<const std::int64_t>(sizes.data(), static_cast<std::size_t>(rank_ + 1)));
}

Shape broadcast(const char* operation, const Shape& a, const Shape& b) {
  const Shape& longer = a.rank() >= b.rank() ? a : b;
  std::array<std::int64_t, Shape::max_rank> sizes{};
  for (int axis = -1; axis >= -longer.rank(); --axis) {
    const std::int64_t size_a = -axis <= a.rank() ? a[axis] : 1;
    const std::int64_t size_b = -axis <= b.rank() ? b[axis] : 1;
    if (size_a != size_b && size_a != 1 && size_b != 1) {
      fail(operation, a, " and ", b, " do not broadcast: axis ", axis, " has sizes ", size_a, " and ", size_b);
    }
    sizes[static_cast<std::size_t>(longer.rank() + axis)] = size_a == 1 ? size_b : size_a;
  }
  return Shape(std::span<const std::int64_t>(sizes.data(), static_cast<std::size_t>(longer.rank())));
}

std::ostream& operator<<(std::ostream& out, const Shape& shape) {
  out << '[';
  for (int axis = 0; axis < shape.rank(); ++axis) out << (axis ? ", " : "") << std::to_string(shape[axis]);
  return out << ']';
}

std::string index_text(const Shape& shape, std::int64_t i) {
  std::string index;
  for (int axis = shape.rank() - 1; axis >= 0; i /= shape[axis--]) {
    index = text(i % shape[axis], index.empty() ? "" : ", ", index);
  }
  return text('[', index, ']');
}

}  // namespace gradus
