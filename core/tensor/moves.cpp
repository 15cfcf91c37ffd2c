// What moves numbers without changing them: axes exchanged, tensors joined and cut.
#include <gradus/core/error.h>
#include <gradus/core/kernels/kernels.h>
#include <gradus/core/kernels/parallel.h>
#include <gradus/core/tensor/arithmetic.h>
#include <gradus/core/tensor/strides.h>

#include <algorithm>
#include <numeric>

namespace gradus {

namespace {

// How many pieces there are before an axis, and how many numbers each element of it has behind it.
std::int64_t pieces_before(const Shape& shape, int axis) {
  return std::accumulate(shape.begin(), shape.begin() + axis, std::int64_t{1}, std::multiplies<>());
}
std::int64_t numbers_behind(const Shape& shape, int axis) {
  return std::accumulate(shape.begin() + axis + 1, shape.end(), std::int64_t{1}, std::multiplies<>());
}

// for_each_row() of strides.h, rows shared between threads where each costs so many numbers.
template <class Row>
void for_rows(const Shape& shape, const Strides& x, std::int64_t numbers, const Row& row) {
  constexpr std::int64_t numbers_per_thread = 4096;  // fewer are done sooner than another thread wakes up (measured)
  gradus_base::parallel_for(shape.count() / shape[-1], numbers_per_thread / numbers + 1,
                            [&](std::int64_t begin, std::int64_t end) { for_each_row(shape, x, begin, end, row); });
}

}  // namespace

Tensor transpose(const Tensor& x) {
  if (x.rank() != 2) fail("transpose", "needs a matrix, or two axes to exchange, got ", x.shape());
  Tensor y = Tensor::uninitialized({x.size(1), x.size(0)});
  kernels::active().transpose(x.size(0), x.size(1), x.data(), x.size(1), y.mutable_data(), x.size(0));
  return y;
}

Tensor transpose(const Tensor& x, int axis_a, int axis_b) {
  Axes order = all_axes(x);
  std::swap(order.begin()[x.shape().resolve(axis_a, "transpose")],
            order.begin()[x.shape().resolve(axis_b, "transpose")]);
  return permute(x, order);
}

Tensor permute(const Tensor& x, const Axes& order) {
  const Strides strides = strides_of(x.shape());
  Strides moved{};
  Shape shape = x.shape();
  unsigned named = 0;
  int along = 0;  // the axis of y along which x's last one goes
  for (int axis = 0; axis < order.size(); ++axis) {
    const int from = x.shape().resolve(order.begin()[axis], "permute");
    named |= 1u << from;
    if (axis >= x.rank()) continue;
    shape = shape.with(axis, x.size(from));
    moved[static_cast<std::size_t>(axis)] = strides[static_cast<std::size_t>(from)];
    if (from == x.rank() - 1) along = axis;
  }
  if (order.size() != x.rank() || named + 1 != 1u << x.rank()) {
    fail("permute", "of ", x.shape(), " needs each of its ", x.rank(), " axes once");
  }
  if (x.rank() == 0) return x;
  Tensor y = Tensor::uninitialized(shape);
  if (y.count() == 0) return y;
  const Scalar* const in = x.data();
  Scalar* const out = y.mutable_data();
  const std::int64_t length = shape[-1];
  if (along == x.rank() - 1) {
    for_rows(shape, moved, length, [=](std::int64_t in_x, std::int64_t in_y) {
      constexpr std::int64_t chunk = 16;  // of a size that is known: rows are often too short for a call of memmove
      std::int64_t i = 0;
      for (; i + chunk <= length; i += chunk) std::copy_n(in + in_x + i, chunk, out + in_y + i);
      for (; i < length; ++i) out[in_y + i] = in[in_x + i];
    });
  } else {
    // Matrices are turned over: `width` numbers that are neighbours in x lie `apart` in y.
    const std::int64_t width = shape[along], apart = numbers_behind(shape, along),
                       step = moved[static_cast<std::size_t>(x.rank() - 1)];
    const auto transpose = kernels::active().transpose;
    for_rows(shape.with(along, 1), moved, length * width, [=](std::int64_t in_x, std::int64_t in_y) {
      transpose(length, width, in + in_x, step, out + in_y / apart * width * apart + in_y % apart, apart);
    });
  }
  return y;
}

Tensor concat(std::span<const Tensor> parts, int axis) {
  if (parts.empty()) fail("concat", "there is nothing to join");
  Shape shape = parts[0].shape();
  const int along = shape.resolve(axis, "concat");
  std::int64_t size = 0;
  for (const Tensor& part : parts) {
    if (part.rank() != shape.rank() || part.shape().with(along, 0) != shape.with(along, 0)) {
      fail("concat", shape, " and ", part.shape(), " differ in another axis than ", axis);
    }
    size += part.size(along);
  }
  shape = shape.with(along, size);
  Tensor y = Tensor::uninitialized(shape);
  Scalar* out = y.mutable_data();
  const std::int64_t pieces = pieces_before(shape, along), behind = numbers_behind(shape, along);
  std::int64_t first = 0;
  for (const Tensor& part : parts) {
    const std::int64_t length = part.size(along) * behind;
    for (std::int64_t i = 0; i < pieces; ++i)
      std::copy_n(part.data() + i * length, length, out + (i * size + first) * behind);
    first += part.size(along);
  }
  return y;
}

Tensor slice(const Tensor& x, int axis, std::int64_t first, std::int64_t last) {
  const int along = x.shape().resolve(axis, "slice");
  const std::int64_t size = x.size(along), begin = first < 0 ? first + size : first,
                     end = last < 0 ? last + size : last;
  if (begin < 0 || end < begin || end > size) {
    fail("slice", "from ", first, " to ", last, " is outside of axis ", axis, " of ", x.shape());
  }
  if (along == 0) return x.rows(begin, end);
  Tensor y = Tensor::uninitialized(x.shape().with(along, end - begin));
  const std::int64_t pieces = pieces_before(x.shape(), along), behind = numbers_behind(x.shape(), along);
  const std::int64_t length = (end - begin) * behind;
  Scalar* out = y.mutable_data();
  for (std::int64_t i = 0; i < pieces; ++i)
    std::copy_n(x.data() + (i * size + begin) * behind, length, out + i * length);
  return y;
}

}  // namespace gradus
