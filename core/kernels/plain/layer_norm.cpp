// Layer normalization: every row by its own mean and deviation.
//
//   xhat = (x - mean) / sqrt(variance + eps)        y = gamma xhat + beta
//
// Backwards it is batch normalization turned on its side (layers/batch_norm.md): the mean and the part along xhat are
// taken out of g = dy gamma, which changes along the row, where there gamma was one number and stood outside.
#include <gradus/core/kernels/kernels.h>

#include <cmath>
#include <vector>

namespace gradus::kernels::plain {

void layer_norm_forward(int64_t rows, int64_t cols, const Scalar* x, const Scalar* gamma, const Scalar* beta,
                        Scalar eps, Scalar* mean, Scalar* inv_std, Scalar* y) {
  for (int64_t r = 0; r < rows; ++r, x += cols, y += cols) {
    double sum = 0, squares = 0;
    for (int64_t j = 0; j < cols; ++j) sum += x[j];
    const double mu = sum / double(cols);
    for (int64_t j = 0; j < cols; ++j) squares += (x[j] - mu) * (x[j] - mu);
    const double variance = squares / double(cols) + eps;
    const double s = variance == 0 ? 0 : 1 / std::sqrt(variance);
    for (int64_t j = 0; j < cols; ++j) y[j] = Scalar((gamma ? gamma[j] : 1) * ((x[j] - mu) * s) + (beta ? beta[j] : 0));
    mean[r] = Scalar(mu);
    inv_std[r] = Scalar(s);
  }
}

void layer_norm_backward(int64_t rows, int64_t cols, const Scalar* x, const Scalar* dy, const Scalar* mean,
                         const Scalar* inv_std, const Scalar* gamma, Scalar* dx, Scalar* dgamma, Scalar* dbeta) {
  // What rounding took from the mean: without it the sum of xhat would not be 0.
  std::vector<double> rest(static_cast<std::size_t>(rows));
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t j = 0; j < cols; ++j)
      rest[static_cast<std::size_t>(r)] += (double(x[r * cols + j]) - mean[r]) / double(cols);
  }
  const auto xhat = [&](int64_t r, int64_t j) {
    return (double(x[r * cols + j]) - mean[r] - rest[static_cast<std::size_t>(r)]) * inv_std[r];
  };
  for (int64_t j = 0; j < cols; ++j) {
    double of_gamma = 0, of_beta = 0;
    for (int64_t r = 0; r < rows; ++r) {
      of_gamma += dy[r * cols + j] * xhat(r, j);
      of_beta += dy[r * cols + j];
    }
    if (dgamma != nullptr) dgamma[j] = Scalar(of_gamma);
    if (dbeta != nullptr) dbeta[j] = Scalar(of_beta);
  }
  if (dx == nullptr) return;
  for (int64_t r = 0; r < rows; ++r) {
    const auto g = [&](int64_t j) { return dy[r * cols + j] * (gamma ? double(gamma[j]) : 1.0); };
    double sum = 0, along = 0;
    for (int64_t j = 0; j < cols; ++j) {
      sum += g(j);
      along += g(j) * xhat(r, j);
    }
    for (int64_t j = 0; j < cols; ++j)
      dx[r * cols + j] = Scalar(inv_std[r] * (g(j) - sum / double(cols) - xhat(r, j) * along / double(cols)));
  }
}

}  // namespace gradus::kernels::plain
