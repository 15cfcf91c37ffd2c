// Batch normalisation of [n, c, l] where l > 1: a channel is n runs of l neighbours. Sums are made in 16 lanes that are
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

// Calls f(offset, count) for every run of up to 16 neighbours that belong to the channel.
template <class F>
inline void for_runs(Channels shape, int64_t channel, const F& f) {
  for (int64_t i = 0; i < shape.n; ++i) {
    const int64_t first = (i * shape.c + channel) * shape.l;
    int64_t p = 0;
    for (; p + kLanes <= shape.l; p += kLanes) f(first + p, int64_t{kLanes});
    if (p < shape.l) f(first + p, shape.l - p);
  }
}

// y = (x - mean - rest) scale + beta; rest is what rounding took from the mean.
void normalize_channel(Channels shape, int64_t j, const Scalar* x, Scalar mean, Scalar rest, Scalar inv_std,
                       const Scalar* gamma, const Scalar* beta, Scalar* y) {
  const Scalar scale = (gamma != nullptr ? gamma[j] : 1) * inv_std;
  const Scalar shift = (beta != nullptr ? beta[j] : 0) - scale * rest;
  for_runs(shape, j, [=](int64_t at, int64_t count) {
    store_lanes(y + at, fma(load_lanes(x + at, count) - lanes(mean), lanes(scale), lanes(shift)), count);
  });
}

void forward_runs(Channels shape, const Scalar* x, const Scalar* gamma, const Scalar* beta, Scalar eps, Scalar* mean,
                  Scalar* variance, Scalar* inv_std, Scalar* y) {
  const Scalar m = static_cast<Scalar>(shape.n * shape.l);
  for_channels(shape, [=](int64_t j) {
    const Scalar pivot = x[j * shape.l];
    Lanes sums = lanes(0), squares = sums, rests = sums;
    for_runs(shape, j,
             [&](int64_t at, int64_t count) { sums = sums + (load_lanes(x + at, count, pivot) - lanes(pivot)); });
    const Scalar center = pivot + total(sums) / m;
    for_runs(shape, j, [&](int64_t at, int64_t count) {
      const Lanes d = load_lanes(x + at, count, center) - lanes(center);
      squares = fma(d, d, squares);
      rests = rests + d;
    });
    const Scalar rest = total(rests);
    mean[j] = center;
    variance[j] = (total(squares) - rest * rest / m) / m;
    inv_std[j] = 1 / root(variance[j] + eps);
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
    Lanes sums = lanes(0), products = sums, rests = sums;
    for_runs(shape, j, [&](int64_t at, int64_t count) {
      const Lanes g = load_lanes(dy + at, count), distance = load_lanes(x + at, count, center) - lanes(center);
      sums = sums + g;
      rests = rests + distance;
      products = fma(g, distance, products);
    });
    const Scalar sum = total(sums), rest = total(rests) * share, product = (total(products) - rest * sum) * inv_std[j];
    if (dbeta != nullptr) dbeta[j] = sum;
    if (dgamma != nullptr) dgamma[j] = product;
    if (dx == nullptr) return;
    const Scalar a = (gamma != nullptr ? gamma[j] : 1) * inv_std[j];
    const Scalar b = a * inv_std[j] * product * share, e = a * sum * share - b * rest;
    for_runs(shape, j, [=](int64_t at, int64_t count) {
      const Lanes distance = load_lanes(x + at, count, center) - lanes(center);
      store_lanes(dx + at, fma(lanes(a), load_lanes(dy + at, count), fma(lanes(-b), distance, lanes(-e))), count);
    });
  });
}

}  // namespace
}  // namespace gradus::kernels::GRADUS_LEVEL
