// Convolution of images. Under element (r, s) of a filter at output (p, q) lies pixel (i, j) of the image,
// i = p stride + r - padding, j = q stride + s - padding; outside of the image it counts as 0.
#include <gradus/core/kernels/kernels.h>

#include <vector>

namespace gradus::kernels::plain {
namespace {

// Calls f(index in x, index in y, index in w) for every product x w that is added to y.
template <class F>
void for_each_product(const Conv2d& z, const F& f) {
  const int64_t height = z.p(), width = z.q();
  for (int64_t n = 0; n < z.n; ++n)
    for (int64_t k = 0; k < z.k; ++k)
      for (int64_t p = 0; p < height; ++p)
        for (int64_t q = 0; q < width; ++q)
          for (int64_t c = 0; c < z.c; ++c)
            for (int64_t r = 0; r < z.r; ++r)
              for (int64_t s = 0; s < z.s; ++s) {
                const int64_t i = p * z.stride + r - z.padding, j = q * z.stride + s - z.padding;
                if (i < 0 || i >= z.h || j < 0 || j >= z.w) continue;
                f(((n * z.c + c) * z.h + i) * z.w + j, ((n * z.k + k) * height + p) * width + q,
                  ((k * z.c + c) * z.r + r) * z.s + s);
              }
}

void store(const std::vector<double>& sums, Scalar* y) {
  for (const double sum : sums) *y++ = Scalar(sum);
}

std::vector<double> zeros(int64_t count) { return std::vector<double>(static_cast<std::size_t>(count)); }

}  // namespace

// y = sum of x w
void conv2d(const Conv2d& size, const Scalar* x, const Scalar* w, const Scalar* bias, Scalar* y) {
  std::vector<double> sums = zeros(size.n * size.k * size.p() * size.q());
  const int64_t plane = size.p() * size.q();
  if (bias != nullptr) {
    for (std::size_t o = 0; o < sums.size(); ++o) sums[o] = bias[int64_t(o) / plane % size.k];
  }
  for_each_product(
      size, [&](int64_t in, int64_t out, int64_t filter) { sums[std::size_t(out)] += double(x[in]) * w[filter]; });
  store(sums, y);
}

// dx = sum of dy w
void conv2d_backward_x(const Conv2d& size, const Scalar* w, const Scalar* dy, Scalar* dx) {
  std::vector<double> sums = zeros(size.n * size.c * size.h * size.w);
  for_each_product(
      size, [&](int64_t in, int64_t out, int64_t filter) { sums[std::size_t(in)] += double(dy[out]) * w[filter]; });
  store(sums, dx);
}

// dw = sum of dy x
void conv2d_backward_w(const Conv2d& size, const Scalar* x, const Scalar* dy, Scalar* dw) {
  std::vector<double> sums = zeros(size.k * size.c * size.r * size.s);
  for_each_product(
      size, [&](int64_t in, int64_t out, int64_t filter) { sums[std::size_t(filter)] += double(dy[out]) * x[in]; });
  store(sums, dw);
}

}  // namespace gradus::kernels::plain
