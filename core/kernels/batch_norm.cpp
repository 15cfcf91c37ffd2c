// Batch normalisation: statistics, normalisation and gradient of every channel of x [n, c, l], m = n l.
//
//   mean = sum x / m    variance = sum (x - mean)^2 / m    inv_std = 1 / sqrt(variance + eps)
//   xhat = (x - mean) inv_std                              y = gamma xhat + beta
//   dbeta = sum dy      dgamma = sum dy xhat               dx = gamma inv_std (dy - dbeta / m - xhat dgamma / m)
//
// Two memory layouts, two loops. l == 1: x is a matrix whose columns are channels; a strip of a few vectors of columns
// is finished before the next begins, so that its later sweeps find it in the cache. l > 1: a channel is n runs of l
// neighbours. Either way a channel's sums are made by one thread in one order.
#include <gradus/core/kernels/elements.h>
#include <gradus/core/kernels/vector.h>

namespace gradus::kernels::GRADUS_LEVEL {
namespace {

// gamma inv_std (x - mean) + beta = scale (x - mean) + shift: two numbers a channel.
inline Vector scale_of(Vector inv_std, const Scalar* gamma, int64_t channel, int64_t count) {
  return gamma == nullptr ? inv_std : read(gamma + channel, count) * inv_std;
}

inline Vector shift_of(const Scalar* beta, int64_t channel, int64_t count) {
  return beta == nullptr ? Vector{} : read(beta + channel, count);
}

// Calls f(channel, count) for vectors of channels, each of them with `work` numbers to go through.
template <class F>
void for_channel_vectors(int64_t c, int64_t work, const F& f) {
  const int64_t blocks = (c + kLanes - 1) / kLanes;
  parallel_for(blocks, kElementsPerThread / (kLanes * (work + 1)) + 1, [&](int64_t begin, int64_t end) {
    const int64_t last = end < blocks ? end * kLanes : c;
    for (int64_t j = begin * kLanes; j < last; j += kWidth) f(j, last - j < kWidth ? last - j : kWidth);
  });
}

template <class F>
void for_channels(int64_t c, int64_t work, const F& f) {
  parallel_for(c, kElementsPerThread / (work + 1) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t j = begin; j < end; ++j) f(j);
  });
}

// Calls f(offset, count) for every run of up to 16 neighbours that belong to the channel.
template <class F>
inline void for_runs(Channels shape, int64_t channel, const F& f) {
  for (int64_t i = 0; i < shape.n; ++i) {
    const int64_t first = (i * shape.c + channel) * shape.l;
    for (int64_t p = 0; p < shape.l; p += kLanes) f(first + p, shape.l - p);
  }
}

}  // namespace

void batch_norm_forward(Channels shape, const Scalar* x, const Scalar* gamma, const Scalar* beta, Scalar eps,
                        Scalar* mean, Scalar* variance, Scalar* inv_std, Scalar* y) {
  const int64_t n = shape.n, c = shape.c, l = shape.l;
  const Scalar m = static_cast<Scalar>(n * l);
  // Distances from a first value of the channel keep their digits where the mean is large and the deviation small;
  // the small sum of (x - mean) corrects the variance for what rounding did to the mean.
  if (l == 1) {
    for_channel_vectors(c, n, [=](int64_t j, int64_t count) {
      const Vector pivot = read(x + j, count);
      Vector sum{}, squares{}, rest{};
      for (int64_t i = 0; i < n; ++i) sum += read(x + i * c + j, count) - pivot;
      const Vector center = pivot + sum / m;
      for (int64_t i = 0; i < n; ++i) {
        const Vector d = read(x + i * c + j, count) - center;
        squares = fma(d, d, squares);
        rest += d;
      }
      const Vector spread = (squares - rest * rest / m) / m;
      const Vector inverse = 1 / root(spread + eps);
      write(mean + j, center, count);
      write(variance + j, spread, count);
      write(inv_std + j, inverse, count);
      const Vector scale = scale_of(inverse, gamma, j, count), shift = shift_of(beta, j, count);
      for (int64_t i = 0; i < n; ++i)
        write(y + i * c + j, fma(read(x + i * c + j, count) - center, scale, shift), count);
    });
  } else {
    for_channels(c, n * l, [=](int64_t j) {
      const Scalar pivot = x[j * l];
      Lanes sums = lanes(0), squares = sums, rest = sums;
      for_runs(shape, j, [&](int64_t at, int64_t count) {
        sums = sums + (load_lanes(x + at, count, pivot) - lanes(pivot));
      });
      const Scalar center = pivot + total(sums) / m;
      for_runs(shape, j, [&](int64_t at, int64_t count) {
        const Lanes d = load_lanes(x + at, count, center) - lanes(center);
        squares = fma(d, d, squares);
        rest = rest + d;
      });
      const Scalar spread = (total(squares) - total(rest) * total(rest) / m) / m;
      mean[j] = center;
      variance[j] = spread;
      inv_std[j] = 1 / root(spread + eps);
      const Scalar scale = (gamma == nullptr ? 1 : gamma[j]) * inv_std[j], shift = beta == nullptr ? 0 : beta[j];
      for_runs(shape, j, [&](int64_t at, int64_t count) {
        store_lanes(y + at, fma(load_lanes(x + at, count) - lanes(center), lanes(scale), lanes(shift)), count);
      });
    });
  }
}

void batch_norm_normalize(Channels shape, const Scalar* x, const Scalar* mean, const Scalar* inv_std,
                          const Scalar* gamma, const Scalar* beta, Scalar* y) {
  const int64_t n = shape.n, c = shape.c, l = shape.l;
  if (l == 1) {
    for_channel_vectors(c, n, [=](int64_t j, int64_t count) {
      const Vector center = read(mean + j, count);
      const Vector scale = scale_of(read(inv_std + j, count), gamma, j, count), shift = shift_of(beta, j, count);
      for (int64_t i = 0; i < n; ++i)
        write(y + i * c + j, fma(read(x + i * c + j, count) - center, scale, shift), count);
    });
  } else {
    for_channels(c, n * l, [=](int64_t j) {
      const Scalar scale = (gamma == nullptr ? 1 : gamma[j]) * inv_std[j], shift = beta == nullptr ? 0 : beta[j];
      for_runs(shape, j, [&](int64_t at, int64_t count) {
        store_lanes(y + at, fma(load_lanes(x + at, count) - lanes(mean[j]), lanes(scale), lanes(shift)), count);
      });
    });
  }
}

// dx = a dy - b (x - mean) - e   with a = gamma inv_std, b = a inv_std dgamma / m, e = a dbeta / m (evaluation: b = e = 0)
void batch_norm_backward(Channels shape, bool training, const Scalar* x, const Scalar* dy, const Scalar* mean,
                         const Scalar* inv_std, const Scalar* gamma, Scalar* dx, Scalar* dgamma, Scalar* dbeta) {
  const int64_t n = shape.n, c = shape.c, l = shape.l;
  const Scalar share = training && n * l > 0 ? 1 / static_cast<Scalar>(n * l) : 0;
  if (l == 1) {
    for_channel_vectors(c, n, [=](int64_t j, int64_t count) {
      const Vector center = read(mean + j, count), inverse = read(inv_std + j, count);
      Vector sum{}, product{};
      for (int64_t i = 0; i < n; ++i) {
        const Vector g = read(dy + i * c + j, count);
        sum += g;
        product = fma(g, read(x + i * c + j, count) - center, product);
      }
      product *= inverse;
      if (dbeta != nullptr) write(dbeta + j, sum, count);
      if (dgamma != nullptr) write(dgamma + j, product, count);
      if (dx == nullptr) return;
      const Vector a = scale_of(inverse, gamma, j, count), b = a * inverse * product * share, e = a * sum * share;
      for (int64_t i = 0; i < n; ++i) {
        const Vector distance = read(x + i * c + j, count) - center;
        write(dx + i * c + j, fma(a, read(dy + i * c + j, count), fma(-b, distance, -e)), count);
      }
    });
  } else {
    for_channels(c, n * l, [=](int64_t j) {
      const Scalar center = mean[j];
      Lanes sums = lanes(0), products = sums;
      for_runs(shape, j, [&](int64_t at, int64_t count) {
        const Lanes g = load_lanes(dy + at, count);
        sums = sums + g;
        products = fma(g, load_lanes(x + at, count, center) - lanes(center), products);
      });
      const Scalar sum = total(sums), product = total(products) * inv_std[j];
      if (dbeta != nullptr) dbeta[j] = sum;
      if (dgamma != nullptr) dgamma[j] = product;
      if (dx == nullptr) return;
      const Scalar a = (gamma == nullptr ? 1 : gamma[j]) * inv_std[j];
      const Scalar b = a * inv_std[j] * product * share, e = a * sum * share;
      for_runs(shape, j, [&](int64_t at, int64_t count) {
        const Lanes distance = load_lanes(x + at, count, center) - lanes(center);
        store_lanes(dx + at, fma(lanes(a), load_lanes(dy + at, count), fma(lanes(-b), distance, lanes(-e))), count);
      });
    });
  }
}

}  // namespace gradus::kernels::GRADUS_LEVEL
