// What moves numbers without changing them: axes exchanged, tensors joined and cut.
#include <gradus/core/error.h>
#include <gradus/core/kernels/kernels.h>
#include <gradus/core/kernels/parallel.h>
#include <gradus/core/tensor/arithmetic.h>
#include <gradus/core/tensor/strides.h>

#include <algorithm>
#include <numeric>

namespace gradus {

Tensor transpose(const Tensor& x) {
  if (x.rank() != 2) fail("transpose", "needs a matrix, or two axes to exchange, got ", x.shape());
  Tensor y = Tensor::uninitialized({x.size(1), x.size(0)});
  kernels::active().transpose(x.size(0), x.size(1), x.data(), y.mutable_data());
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
  for (int axis = 0; axis < order.size(); ++axis) {
    const int from = x.shape().resolve(order.begin()[axis], "permute");
    named |= 1u << from;
    if (axis < x.rank()) shape = shape.with(axis, x.size(from));
    if (axis < x.rank()) moved[static_cast<std::size_t>(axis)] = strides[static_cast<std::size_t>(from)];
  }
  if (order.size() != x.rank() || named + 1 != 1u << x.rank()) {
    fail("permute", "of ", x.shape(), " needs each of its ", x.rank(), " axes once");
  }
  if (x.rank() == 0) return x;
  Tensor y = Tensor::uninitialized(shape);
  const std::int64_t length = shape[-1], step = moved[static_cast<std::size_t>(x.rank() - 1)];
  const auto row = [in = x.data(), out = y.mutable_data(), length, step](std::int64_t in_x, std::int64_t in_y) {
    constexpr std::int64_t chunk = 16;  // of a size that is known: rows are often too short for a call of memmove
    std::int64_t i = 0;
    for (; step == 1 && i + chunk <= length; i += chunk) std::copy_n(in + in_x + i, chunk, out + in_y + i);
    for (; i < length; ++i) out[in_y + i] = in[in_x + i * step];
  };
  constexpr std::int64_t elements_per_thread = 16384;  // fewer are done sooner than another thread wakes up
  const std::int64_t rows = shape.count() ? shape.count() / length : 0;
  gradus_base::parallel_for(rows, elements_per_thread / std::max<std::int64_t>(1, length) + 1,
                            [&](std::int64_t begin, std::int64_t end) { for_each_row(shape, moved, begin, end, row); });
  return y;
}

namespace {

// How many pieces there are before an axis, and how many numbers each element of it has behind it.
std::int64_t pieces_before(const Shape& shape, int axis) {
  return std::accumulate(shape.begin(), shape.begin() + axis, std::int64_t{1}, std::multiplies<>());
}
std::int64_t numbers_behind(const Shape& shape, int axis) {
  return std::accumulate(shape.begin() + axis + 1, shape.end(), std::int64_t{1}, std::multiplies<>());
}

}  // namespace

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
  if (along == 0) return x.rows(first, last);
  const std::int64_t size = x.size(along), begin = first < 0 ? first + size : first,
                     end = last < 0 ? last + size : last;
  if (begin < 0 || end < begin || end > size) {
    fail("slice", "from ", first, " to ", last, " is outside of axis ", axis, " of ", x.shape());
  }
  Tensor y = Tensor::uninitialized(x.shape().with(along, end - begin));
  const std::int64_t pieces = pieces_before(x.shape(), along), behind = numbers_behind(x.shape(), along);
  const std::int64_t length = (end - begin) * behind;
  Scalar* out = y.mutable_data();
  for (std::int64_t i = 0; i < pieces; ++i)
    std::copy_n(x.data() + (i * size + begin) * behind, length, out + i * length);
  return y;
}

}  // namespace gradus
