// Softmax of every row, and the cross-entropy loss with its gradient.
//
//   p_j = e^x_j / sum_k e^x_k      loss = -sum_j target_j log p_j      dx_j = p_j - target_j
//
// The gradient is this short because those of the softmax and of the logarithm cancel: with d log p_j / dx_i =
// [i = j] - p_i, and targets that add up to 1, -sum_j target_j ([i = j] - p_i) = p_i - target_i.
#include <gradus/core/kernels/kernels.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace gradus::kernels::plain {
namespace {

// The logarithms of the probabilities of one row:
//
//   log p_j = x_j - m - log s      m = max_k x_k      s = sum_k e^(x_k - m)
//
// Subtracting the maximum changes nothing but makes every exponent <= 0, so that nothing overflows.
class LogSoftmax {
 public:
  LogSoftmax(int64_t cols, const Scalar* x) : x_(x) {
    for (int64_t j = 0; j < cols; ++j) m_ = std::max(m_, double(x[j]));
    double s = 0;
    for (int64_t j = 0; j < cols; ++j) s += std::exp(x[j] - m_);
    log_s_ = std::log(s);
  }

  double operator[](int64_t j) const { return x_[j] - m_ - log_s_; }

 private:
  const Scalar* x_;
  double m_ = -std::numeric_limits<double>::infinity(), log_s_;
};

}  // namespace

void softmax(int64_t rows, int64_t cols, const Scalar* x, Scalar* y) {
  for (int64_t r = 0; r < rows; ++r) {
    const LogSoftmax log_p(cols, x + r * cols);
    for (int64_t j = 0; j < cols; ++j) y[r * cols + j] = Scalar(std::exp(log_p[j]));
  }
}

void log_softmax(int64_t rows, int64_t cols, const Scalar* x, Scalar* y) {
  for (int64_t r = 0; r < rows; ++r) {
    const LogSoftmax log_p(cols, x + r * cols);
    for (int64_t j = 0; j < cols; ++j) y[r * cols + j] = Scalar(log_p[j]);
  }
}

void cross_entropy(int64_t rows, int64_t cols, const Scalar* logits, const int32_t* labels, Scalar smoothing,
                   Scalar* losses, Scalar* dlogits) {
  for (int64_t r = 0; r < rows; ++r) {
    const LogSoftmax log_p(cols, logits + r * cols);
    const bool counts = labels[r] >= 0;
    double loss = 0;
    for (int64_t j = 0; j < cols; ++j) {
      const double target = (j == labels[r] ? 1.0 - smoothing : 0.0) + double(smoothing) / double(cols);
      if (counts && target != 0) loss -= target * log_p[j];  // 0 log 0 = 0
      if (dlogits != nullptr) dlogits[r * cols + j] = counts ? Scalar(std::exp(log_p[j]) - target) : 0;
    }
    losses[r] = Scalar(loss);
  }
}

}  // namespace gradus::kernels::plain
