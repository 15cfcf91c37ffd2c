// Batch normalization of [n, c, l] where l > 1: a channel is n runs of l neighbours. Sums are made in 16 lanes that are
// folded at the end.
#pragma once

#include <gradus/core/kernels/elements.h>
#include <gradus/core/kernels/vector.h>

namespace gradus::kernels::GRADUS_LEVEL {
namespace {

// Calls f(channel) for every channel.
template <class F>
void for_channels(Channels shape, const F& f) {
  parallel_for(shape.c, kElementsPerThread / (shape.n * shape.l + 1) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t j = begin; j < end; ++j) f(j);
  });
}

// A channel as runs of up to 16 neighbours: how many there are, and f(offset, count) for those from first to last.
int64_t runs_in(Channels shape) { return shape.n * ((shape.l + kLanes - 1) / kLanes); }

template <class F>
inline void for_runs(Channels shape, int64_t channel, int64_t first, int64_t last, const F& f) {
  const int64_t whole = shape.l / kLanes, rest = shape.l % kLanes, per_sample = whole + (rest != 0);
  while (first < last) {
    const int64_t sample = first / per_sample, begin = first % per_sample;
    const int64_t end = begin + last - first < per_sample ? begin + last - first : per_sample;
    const int64_t at = (sample * shape.c + channel) * shape.l;
    for (int64_t run = begin; run < end && run < whole; ++run) f(at + run * kLanes, int64_t{kLanes});
    if (end > whole) f(at + whole * kLanes, rest);
    first += end - begin;
  }
}

// Asks for the same place of the next sample, which lies too far away for the processor to foresee it.
inline void foresee(Channels shape, const Scalar* p) { __builtin_prefetch(p + shape.c * shape.l); }
inline void foresee_write(Channels shape, const Scalar* p) { __builtin_prefetch(p + shape.c * shape.l, 1); }

template <class F>
inline void for_runs(Channels shape, int64_t channel, const F& f) {
  for_runs(shape, channel, 0, runs_in(shape), f);
}

template <int width>
struct Sums {
  Lanes part[width];
};

// Sums over the runs from first to last of a channel, pairwise above blocks; add(offset, count, sums) adds one run.
template <int width, class Add>
Sums<width> sums_over(Channels shape, int64_t channel, int64_t first, int64_t last, const Add& add) {
  Sums<width> sums;
  if (last - first > kBlock) {
    const int64_t middle = first + first_half(last - first);
    sums = sums_over<width>(shape, channel, first, middle, add);
    const Sums<width> rest = sums_over<width>(shape, channel, middle, last, add);
    for (int p = 0; p < width; ++p) sums.part[p] = sums.part[p] + rest.part[p];
    return sums;
  }
  for (Lanes& part : sums.part) part = lanes(0);
  for_runs(shape, channel, first, last, [&](int64_t at, int64_t count) { add(at, count, sums); });
  return sums;
}

// y = (x - mean - rest) scale + beta; rest is what rounding took from the mean.
void normalize_channel(Channels shape, int64_t j, const Scalar* x, Scalar mean, Scalar rest, Scalar inv_std,
                       const Scalar* gamma, const Scalar* beta, Scalar* y) {
  const Scalar scale = (gamma != nullptr ? gamma[j] : 1) * inv_std;
  const Scalar shift = (beta != nullptr ? beta[j] : 0) - scale * rest;
  for_runs(shape, j, [=](int64_t at, int64_t count) {
    foresee_write(shape, y + at);
    store_lanes(y + at, fma(load_lanes(x + at, count) - lanes(mean), lanes(scale), lanes(shift)), count);
  });
}

void forward_runs(Channels shape, const Scalar* x, const Scalar* gamma, const Scalar* beta, Scalar eps, Scalar* mean,
                  Scalar* variance, Scalar* inv_std, Scalar* y) {
  const Scalar m = static_cast<Scalar>(shape.n * shape.l);
  for_channels(shape, [=](int64_t j) {
    const Scalar pivot = x[j * shape.l];
    const auto shifted = sums_over<1>(shape, j, 0, runs_in(shape), [=](int64_t at, int64_t count, Sums<1>& sums) {
      foresee(shape, x + at);
      sums.part[0] = sums.part[0] + (load_lanes(x + at, count, pivot) - lanes(pivot));
    });
    const Scalar center = pivot + total(shifted.part[0]) / m;
    const auto centered = sums_over<2>(shape, j, 0, runs_in(shape), [=](int64_t at, int64_t count, Sums<2>& sums) {
      const Lanes d = load_lanes(x + at, count, center) - lanes(center);
      sums.part[0] = fma(d, d, sums.part[0]);
      sums.part[1] = sums.part[1] + d;
    });
    const Scalar rest = total(centered.part[1]);
    mean[j] = center;
    variance[j] = (total(centered.part[0]) - rest * rest / m) / m;
    inv_std[j] = inverse_root(variance[j] + eps);
    normalize_channel(shape, j, x, center, rest / m, inv_std[j], gamma, beta, y);
  });
}

void normalize_runs(Channels shape, const Scalar* x, const Scalar* mean, const Scalar* inv_std, const Scalar* gamma,
                    const Scalar* beta, Scalar* y) {
  for_channels(shape, [=](int64_t j) { normalize_channel(shape, j, x, mean[j], 0, inv_std[j], gamma, beta, y); });
}

void backward_runs(Channels shape, bool training, const Scalar* x, const Scalar* dy, const Scalar* mean,
                   const Scalar* inv_std, const Scalar* gamma, Scalar* dx, Scalar* dgamma, Scalar* dbeta) {
  const Scalar share = training ? 1 / static_cast<Scalar>(shape.n * shape.l) : 0;
  for_channels(shape, [=](int64_t j) {
    const Scalar center = mean[j];
    const auto sums = sums_over<3>(shape, j, 0, runs_in(shape), [=](int64_t at, int64_t count, Sums<3>& s) {
      foresee(shape, x + at);
      foresee(shape, dy + at);
      const Lanes g = load_lanes(dy + at, count), distance = load_lanes(x + at, count, center) - lanes(center);
      s.part[0] = s.part[0] + g;
      s.part[1] = s.part[1] + distance;
      s.part[2] = fma(g, distance, s.part[2]);
    });
    const Scalar sum = total(sums.part[0]), rest = total(sums.part[1]) * share;
    const Scalar product = (total(sums.part[2]) - rest * sum) * inv_std[j];
    if (dbeta != nullptr) dbeta[j] = sum;
    if (dgamma != nullptr) dgamma[j] = product;
    if (dx == nullptr) return;
    const Scalar a = (gamma != nullptr ? gamma[j] : 1) * inv_std[j];
    const Scalar b = a * inv_std[j] * product * share, e = a * sum * share - b * rest;
    for_runs(shape, j, [=](int64_t at, int64_t count) {
      const Lanes distance = load_lanes(x + at, count, center) - lanes(center);
      foresee_write(shape, dx + at);
      store_lanes(dx + at, fma(lanes(a), load_lanes(dy + at, count), fma(lanes(-b), distance, lanes(-e))), count);
    });
  });
}

}  // namespace
}  // namespace gradus::kernels::GRADUS_LEVEL
