// Batch normalization of [n, c, l] where l > 1. A plane, the l neighbours of one sample in one channel, is summed up in
// 16 lanes while the first cache holds it; then the sums of a channel's planes are put together. Threads share planes
// as they lie in memory, like the operations before and after, so that each meets what it wrote itself.
#pragma once

#include <gradus/core/kernels/batch_norm_sums.h>
#include <gradus/core/kernels/scratch.h>

namespace gradus::kernels::GRADUS_LEVEL {
namespace {

// Calls f(plane, channel) for all planes.
template <class F>
void for_planes(Channels shape, const F& f) {
  parallel_for(shape.n * shape.c, kElementsPerThread / (shape.l + 1) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t plane = begin; plane < end; ++plane) f(plane, plane % shape.c);
  });
}

// Calls f(place, count) for the places of a plane, up to 16 at a time.
template <class F>
inline void for_lanes(int64_t begin, int64_t end, const F& f) {
  int64_t i = begin;
  for (; i + kLanes <= end; i += kLanes) f(i, int64_t{kLanes});
  if (i < end) f(i, end - i);
}

template <int width>
struct Sums {
  Lanes of[width];
  void add(const Sums& other) {
    for (int i = 0; i < width; ++i) of[i] = of[i] + other.of[i];
  }
};

// Sums over the places of a plane; add(place, count, sums) adds up to 16 of its numbers. Pairwise above blocks; in a
// block in two rows of lanes, so that an addition need not wait for the one before it.
template <int width, class Add>
Sums<width> sums_over(int64_t begin, int64_t end, const Add& add) {
  constexpr int64_t block = kBlock * kLanes;
  if (end - begin > block) {
    const int64_t middle = begin + first_half(end - begin, block);
    Sums<width> sums = sums_over<width>(begin, middle, add);
    sums.add(sums_over<width>(middle, end, add));
    return sums;
  }
  Sums<width> even = {}, odd = {};
  int64_t i = begin;
  for (; i + 2 * kLanes <= end; i += 2 * kLanes) {
    add(i, int64_t{kLanes}, even.of);
    add(i + kLanes, int64_t{kLanes}, odd.of);
  }
  for_lanes(i, end, [&](int64_t at, int64_t count) { add(at, count, even.of); });
  even.add(odd);
  return even;
}

// y = (x - mean) scale + shift
void normalize(Channels shape, const Scalar* x, const Scalar* mean, const Scalar* scale, const Scalar* shift,
               Scalar* y) {
  for_planes(shape, [=](int64_t plane, int64_t j) {
    const Lanes center = lanes(mean[j]), factor = lanes(scale[j]), summand = lanes(shift[j]);
    const Scalar* const from = x + plane * shape.l;
    Scalar* const to = y + plane * shape.l;
    for_lanes(0, shape.l, [=](int64_t at, int64_t count) {
      store_lanes(to + at, fma(load_lanes(from + at, count) - center, factor, summand), count);
    });
  });
}

// A plane has a mean of its own, c, and sums r of x - c and q of (x - c)^2. With d = c - mean, its share of the sums
// over the channel is r + l d of x - mean, and q + d (2 r + l d) of (x - mean)^2.
[[gnu::noinline]] void forward_planes(Channels shape, const Scalar* x, const Scalar* gamma, const Scalar* beta,
                                      Scalar eps, Scalar* mean, Scalar* variance, Scalar* inv_std, Scalar* y) {
  const FlushSubnormals flush;
  const int64_t n = shape.n, c = shape.c;
  const Scalar l = static_cast<Scalar>(shape.l);
  Scalar* const centers = scratch(3 * n * c + 2 * c * room_for(n));
  Scalar *const rests = centers + n * c, *const squares = rests + n * c, *const sums = squares + n * c;
  for_planes(shape, [=](int64_t plane, int64_t) {
    const Scalar* const from = x + plane * shape.l;
    const Lanes pivot = lanes(from[0]);
    const auto sum = sums_over<1>(0, shape.l, [=](int64_t at, int64_t count, Lanes* s) {
      s[0] = s[0] + (load_lanes(from + at, count, from[0]) - pivot);
    });
    const Scalar center = from[0] + total(sum.of[0]) / l;
    const auto centered = sums_over<2>(0, shape.l, [=](int64_t at, int64_t count, Lanes* s) {
      const Lanes d = load_lanes(from + at, count, center) - lanes(center);
      s[0] = s[0] + d;
      s[1] = fma(d, d, s[1]);
    });
    centers[plane] = center;
    rests[plane] = total(centered.of[0]);
    squares[plane] = total(centered.of[1]);
  });

  pairwise(Upwards{}, 0, n, c, sums, [=](int64_t first, int64_t last, Scalar* block) {
    for (int64_t i = first; i < last; ++i)
      for (int64_t j = 0; j < c; ++j) block[j] += centers[i * c + j] - centers[j];
  });
  for (int64_t j = 0; j < c; ++j) mean[j] = centers[j] + sums[j] / static_cast<Scalar>(n);
  pairwise(Upwards{}, 0, n, 2 * c, sums, [=](int64_t first, int64_t last, Scalar* block) {
    for (int64_t i = first; i < last; ++i)
      for (int64_t j = 0; j < c; ++j) {
        const int64_t plane = i * c + j;
        const Scalar d = centers[plane] - mean[j], r = rests[plane];
        block[j] += fma(d, fma(l, d, 2 * r), squares[plane]);
        block[c + j] += fma(l, d, r);
      }
  });
  finish_forward(0, c, static_cast<Scalar>(n) * l, gamma, beta, eps, variance, inv_std, sums, sums + c);
  normalize(shape, x, mean, sums, sums + c, y);
}

[[gnu::noinline]] void normalize_planes(Channels shape, const Scalar* x, const Scalar* mean, const Scalar* inv_std,
                                        const Scalar* gamma, const Scalar* beta, Scalar* y) {
  const FlushSubnormals flush;
  Scalar *const scale = scratch(2 * shape.c), *const shift = scale + shape.c;
  for (int64_t j = 0; j < shape.c; ++j) {
    scale[j] = (gamma != nullptr ? gamma[j] : 1) * inv_std[j];
    shift[j] = beta != nullptr ? beta[j] : 0;
  }
  normalize(shape, x, mean, scale, shift, y);
}

[[gnu::noinline]] void backward_planes(Channels shape, bool training, const Scalar* x, const Scalar* dy,
                                       const Scalar* mean, const Scalar* inv_std, const Scalar* gamma, Scalar* dx,
                                       Scalar* dgamma, Scalar* dbeta) {
  const FlushSubnormals flush;
  const int64_t n = shape.n, c = shape.c, planes = n * c;
  Scalar *const found = scratch(3 * planes + 3 * c * room_for(n)), *const sums = found + 3 * planes;
  for_planes(shape, [=](int64_t plane, int64_t j) {
    const Scalar *const values = x + plane * shape.l, *const slopes = dy + plane * shape.l;
    const Scalar center = mean[j];
    const auto sum = sums_over<3>(0, shape.l, [=](int64_t at, int64_t count, Lanes* s) {
      const Lanes g = load_lanes(slopes + at, count), d = load_lanes(values + at, count, center) - lanes(center);
      s[0] = s[0] + g;
      s[1] = fma(g, d, s[1]);
      s[2] = s[2] + d;
    });
    for (int i = 0; i < 3; ++i) found[(3 * (plane / c) + i) * c + j] = total(sum.of[i]);
  });

  pairwise(Upwards{}, 0, n, 3 * c, sums, [=](int64_t first, int64_t last, Scalar* block) {
    for (int64_t i = first; i < last; ++i)
      for (int64_t j = 0; j < 3 * c; ++j) block[j] += found[i * 3 * c + j];
  });
  Scalar *const products = sums + c, *const rests = products + c;
  const Scalar share = training ? 1 / static_cast<Scalar>(n * shape.l) : 0;
  finish_backward(0, c, share, inv_std, gamma, sums, products, rests, dgamma, dbeta);
  if (dx == nullptr) return;
  for_planes(shape, [=](int64_t plane, int64_t j) {
    const Lanes center = lanes(mean[j]), a = lanes(rests[j]), b = lanes(-products[j]), e = lanes(-sums[j]);
    const Scalar *const values = x + plane * shape.l, *const slopes = dy + plane * shape.l;
    Scalar* const to = dx + plane * shape.l;
    for_lanes(0, shape.l, [=](int64_t at, int64_t count) {
      const Lanes distance = load_lanes(values + at, count) - center;
      store_lanes(to + at, fma(a, load_lanes(slopes + at, count), fma(b, distance, e)), count);
    });
  });
}

}  // namespace
}  // namespace gradus::kernels::GRADUS_LEVEL
