// Batch normalization. With sums over the m = n l values of a channel of x [n, c, l]:
//
//   mean = sum x / m    variance = sum (x - mean)^2 / m    inv_std = 1 / sqrt(variance + eps)
//   xhat = (x - mean) inv_std                              y = gamma xhat + beta
//   dbeta = sum dy      dgamma = sum dy xhat               dx = gamma inv_std (dy - dbeta / m - xhat dgamma / m)
//
// The last formula is derived in layers/batch_norm.md.
#include <gradus/core/kernels/kernels.h>

#include <cmath>

namespace gradus::kernels::plain {
namespace {

// Calls f(i) for every place i where an array [n, c, l] has a value of channel j.
template <class F>
void for_channel(Channels shape, int64_t j, const F& f) {
  for (int64_t sample = 0; sample < shape.n; ++sample)
    for (int64_t position = 0; position < shape.l; ++position) f((sample * shape.c + j) * shape.l + position);
}

// The sum of f(i) over these places.
template <class F>
double sum_of(Channels shape, int64_t j, const F& f) {
  double sum = 0;
  for_channel(shape, j, [&](int64_t i) { sum += f(i); });
  return sum;
}

double value_or(double otherwise, const Scalar* values, int64_t j) { return values != nullptr ? values[j] : otherwise; }

}  // namespace

void batch_norm_forward(Channels shape, const Scalar* x, const Scalar* gamma, const Scalar* beta, Scalar eps,
                        Scalar* mean, Scalar* variance, Scalar* inv_std, Scalar* y) {
  const double m = double(shape.n * shape.l);
  for (int64_t j = 0; j < shape.c; ++j) {
    const double mu = sum_of(shape, j, [=](int64_t i) { return x[i]; }) / m;
    const double sigma2 = sum_of(shape, j, [=](int64_t i) { return (x[i] - mu) * (x[i] - mu); }) / m;
    const double s = sigma2 + eps == 0 ? 0 : 1 / std::sqrt(sigma2 + eps);
    const double scale = value_or(1, gamma, j), shift = value_or(0, beta, j);
    for_channel(shape, j, [=](int64_t i) { y[i] = Scalar(scale * (x[i] - mu) * s + shift); });
    mean[j] = Scalar(mu);
    variance[j] = Scalar(sigma2);
    inv_std[j] = Scalar(s);
  }
}

void batch_norm_normalize(Channels shape, const Scalar* x, const Scalar* mean, const Scalar* inv_std,
                          const Scalar* gamma, const Scalar* beta, Scalar* y) {
  for (int64_t j = 0; j < shape.c; ++j) {
    const double mu = mean[j], s = inv_std[j], scale = value_or(1, gamma, j), shift = value_or(0, beta, j);
    for_channel(shape, j, [=](int64_t i) { y[i] = Scalar(scale * (x[i] - mu) * s + shift); });
  }
}

void batch_norm_backward(Channels shape, bool training, const Scalar* x, const Scalar* dy, const Scalar* mean,
                         const Scalar* inv_std, const Scalar* gamma, Scalar* dx, Scalar* dgamma, Scalar* dbeta) {
  const double m = double(shape.n * shape.l);
  for (int64_t j = 0; j < shape.c; ++j) {
    // In training once more from x: rounded as it is in mean[j], the sum of xhat would not be 0.
    const double mu = training ? sum_of(shape, j, [=](int64_t i) { return x[i]; }) / m : mean[j];
    const double s = inv_std[j], scale = value_or(1, gamma, j);
    const auto xhat = [=](int64_t i) { return (x[i] - mu) * s; };
    const double dbeta_j = sum_of(shape, j, [=](int64_t i) { return dy[i]; });
    const double dgamma_j = sum_of(shape, j, [=](int64_t i) { return dy[i] * xhat(i); });
    if (dbeta != nullptr) dbeta[j] = Scalar(dbeta_j);
    if (dgamma != nullptr) dgamma[j] = Scalar(dgamma_j);
    if (dx == nullptr) continue;
    for_channel(shape, j, [=](int64_t i) {
      dx[i] = Scalar(scale * s * (training ? dy[i] - dbeta_j / m - xhat(i) * dgamma_j / m : dy[i]));
    });
  }
}

}  // namespace gradus::kernels::plain
