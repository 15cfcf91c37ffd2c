// BatchNorm1d and BatchNorm2d: y = gamma (x - mu) / sqrt(sigma^2 + eps) + beta, per channel, with mu and sigma^2 taken
// from the batch while training and from running estimates in evaluation (Ioffe and Szegedy 2015, arXiv:1502.03167).
//
// The backward is derived by hand, equation by equation, in layers/batch_norm.md; the code cites its numbers.
#pragma once

#include <gradus/core/error.h>
#include <gradus/layers/layer.h>

#include <optional>

namespace gradus {

struct BatchNorm1dOptions {
  Scalar eps = Scalar(1e-5);
  // The weight of the new value in the running estimates; without one they are averages of all batches.
  std::optional<Scalar> momentum = Scalar(0.1);
  bool affine = true;               // whether there are gamma and beta
  bool track_running_stats = true;  // without, batch statistics are used in evaluation too
};

class BatchNorm1d : public Layer {
 public:
  // Parameters "weight" (gamma, at first 1) and "bias" (beta, 0), buffers "running_mean" (0) and "running_var" (1),
  // all [channels], and the counter "num_batches_tracked". Throws std::invalid_argument unless channels > 0, eps >= 0
  // and 0 <= momentum <= 1.
  explicit BatchNorm1d(std::int64_t channels, const BatchNorm1dOptions& options = {});

  std::int64_t channels() const { return channels_; }
  const BatchNorm1dOptions& options() const { return options_; }
  Parameter* gamma() { return gamma_; }  // null unless affine
  Parameter* beta() { return beta_; }
  const Tensor* running_mean() const { return running_mean_; }  // null unless tracked
  const Tensor* running_var() const { return running_var_; }
  std::string describe() const override;

 protected:
  // x [n, channels] or [n, channels, l]. With batch statistics each channel needs more than one value.
  Variable forward(const Variable& x) override;
  virtual bool takes(int rank) const { return rank == 2 || rank == 3; }
  virtual std::string taken() const { return text("[n, ", channels_, "] or [n, ", channels_, ", l]"); }

 private:
  void check(const Shape& shape, bool batch_statistics) const;
  void update_running_estimates(const Tensor& mean, const Tensor& variance, std::int64_t m);

  std::int64_t channels_;
  BatchNorm1dOptions options_;
  Parameter *gamma_ = nullptr, *beta_ = nullptr;
  Tensor *running_mean_ = nullptr, *running_var_ = nullptr;  // null unless tracked
  std::int64_t* batches_ = nullptr;
};

// The same for images: x [n, channels, height, width], a channel's values those of all its pixels.
class BatchNorm2d : public BatchNorm1d {
 public:
  using BatchNorm1d::BatchNorm1d;

 private:
  bool takes(int rank) const override { return rank == 4; }
  std::string taken() const override { return text("[n, ", channels(), ", height, width]"); }
};

}  // namespace gradus
