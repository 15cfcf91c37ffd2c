// Operations on images; their loops stand in core/kernels/plain/conv2d.cpp.
#include <gradus/core/autograd/ops.h>
#include <gradus/core/error.h>
#include <gradus/core/kernels/kernels.h>

#include <limits>

namespace gradus {
namespace {

// The sizes, checked.
kernels::Conv2d sizes_of(const char* operation, const Shape& x, const Shape& w, std::int64_t stride,
                         std::int64_t padding) {
  if (w[2] < 1 || w[3] < 1) fail(operation, "the window is empty: ", w[2], " x ", w[3]);
  if (stride < 1) fail(operation, "the stride must be positive, got ", stride);
  if (padding < 0) fail(operation, "the padding must not be negative, got ", padding);
  const kernels::Conv2d size{x[0], x[1], x[2], x[3], w[0], w[2], w[3], stride, padding};
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
  if (padding > kMost || x[2] * x[3] > kMost) fail(operation, "images are too large: x ", x, ", padding ", padding);
  if (size.h + 2 * padding < size.r || size.w + 2 * padding < size.s) {
    fail(operation, "the window ", size.r, " x ", size.s, " is larger than the images of x ", x,
         padding ? text(" with padding ", padding) : "");
  }
  return size;
}

Variable conv2d(const Variable& x, const Variable& w, const Variable* bias, const Conv2dStep& step) {
  if (x.rank() != 4) fail("conv2d", "needs x [n, channels, height, width], got ", x.shape());
  if (w.rank() != 4 || w.size(1) != x.size(1)) {
    fail("conv2d", "x ", x.shape(), " needs weight [out, ", x.size(1), ", height, width], got ", w.shape());
  }
  if (bias && bias->shape() != Shape{w.size(0)}) {
    fail("conv2d", "weight ", w.shape(), " needs bias [", w.size(0), "], got ", bias->shape());
  }
  const kernels::Conv2d size = sizes_of("conv2d", x.shape(), w.shape(), step.stride, step.padding);
  Tensor y = Tensor::uninitialized({size.n, size.k, size.p(), size.q()});
  kernels::active().conv2d(size, x.value().data(), w.value().data(), bias ? bias->value().data() : nullptr,
                           y.mutable_data());
  // Each product x w in the sum of a y brings its dy w to its x, and its dy x to its w.
  const auto backward = [size, x = x.value(), w = w.value()](const Tensor& dy, Gradients& d) {
    if (d.needs(0)) {
      Tensor dx = Tensor::uninitialized(x.shape());
      kernels::active().conv2d_backward_x(size, w.data(), dy.data(), dx.mutable_data());
      d.add(0, dx);
    }
    if (d.needs(1)) {
      Tensor dw = Tensor::uninitialized(w.shape());
      kernels::active().conv2d_backward_w(size, x.data(), dy.data(), dw.mutable_data());
      d.add(1, dw);
    }
  };
  if (!bias) return record("conv2d", {x, w}, y, backward);
  return record("conv2d", {x, w, *bias}, y, [backward](const Tensor& dy, Gradients& d) {
    backward(dy, d);
    if (d.needs(2)) d.add(2, sum(dy, {0, 2, 3}));
  });
}

}  // namespace

// y[n, k, p, q] = b[k] + sum of x[n, c, i, j] w[k, c, r, s] over c, r, s     i = p stride + r - padding, j likewise
// dx[n, c, i, j] = sum of dy[n, k, p, q] w[k, c, r, s] over k, r, s          those p, q whose window holds i, j
// dw[k, c, r, s] = sum of dy[n, k, p, q] x[n, c, i, j] over n, p, q          db[k] = sum of dy[n, k, p, q] over n, p, q
Variable conv2d(const Variable& x, const Variable& w, const Conv2dStep& step) { return conv2d(x, w, nullptr, step); }
Variable conv2d(const Variable& x, const Variable& w, const Variable& bias, const Conv2dStep& step) {
  return conv2d(x, w, &bias, step);
}

// y = the largest x of the window          dx = dy where it stood, added up where windows overlap; else 0
Variable max_pool2d(const Variable& x, std::int64_t window, std::int64_t stride) {
  if (x.rank() != 4) fail("max_pool2d", "needs x [n, channels, height, width], got ", x.shape());
  const kernels::Conv2d size =
      sizes_of("max_pool2d", x.shape(), {x.size(1), 1, window, window}, stride ? stride : window, 0);
  Tensor y = Tensor::uninitialized({size.n, size.c, size.p(), size.q()});
  Storage places(y.count() * static_cast<std::int64_t>(sizeof(std::int32_t)));
  const auto where = static_cast<std::int32_t*>(places.data());
  kernels::active().max_pool2d(size, x.value().data(), y.mutable_data(), where);
  // places is captured to keep alive what `where` points to.
  return record("max_pool2d", {x}, y, [size, x = x.shape(), places, where](const Tensor& dy, Gradients& d) {
    Tensor dx = Tensor::uninitialized(x);
    kernels::active().max_pool2d_backward(size, dy.data(), where, dx.mutable_data());
    d.add(0, dx);
  });
}

}  // namespace gradus
