// Numbers in brackets are equations of layers/batch_norm.md. There are m values a channel: m = n for x [n, c] and
// m = n l for x [n, c, l] (of images l = height width); s = (sigma^2 + eps)^(-1/2).
#include <gradus/core/error.h>
#include <gradus/core/kernels/kernels.h>
#include <gradus/layers/batch_norm.h>

#include <cmath>

namespace gradus {
namespace {

std::int64_t values_per_channel(const Shape& shape) { return shape[1] ? shape.count() / shape[1] : 0; }
kernels::Channels channels_of(const Shape& shape) {
  std::int64_t positions = 1;
  for (int axis = 2; axis < shape.rank(); ++axis) positions *= shape[axis];
  return {shape[0], shape[1], positions};
}

}  // namespace

BatchNorm1d::BatchNorm1d(std::int64_t channels, const BatchNorm1dOptions& options)
    : channels_(channels), options_(options) {
  if (channels <= 0) fail("batch_norm", "channels must be positive, got ", channels);
  if (!(options.eps >= 0)) fail("batch_norm", "eps must not be negative, got ", options.eps);
  if (const auto p = options.momentum; p && !(*p >= 0 && *p <= 1)) {
    fail("batch_norm", "momentum is the weight of the new value, from 0 to 1, got ", *p);
  }
  if (options.affine) {
    gamma_ = &register_parameter("weight", Tensor::full({channels}, 1));
    beta_ = &register_parameter("bias", Tensor::zeros({channels}));
  }
  if (options.track_running_stats) {
    running_mean_ = &register_buffer("running_mean", Tensor::zeros({channels}));
    running_var_ = &register_buffer("running_var", Tensor::full({channels}, 1));
    batches_ = &register_counter("num_batches_tracked", 0);
  }
}

Variable BatchNorm1d::forward(const Variable& x) {
  const bool batch_statistics = training() || !options_.track_running_stats;
  check(x.shape(), batch_statistics);
  const kernels::Channels shape = channels_of(x.shape());
  const Shape one_each{channels_};
  Tensor gamma = gamma_ ? gamma_->value() : Tensor();  // [c]; without one its data() is null, which counts as 1
  const Scalar* beta = beta_ ? beta_->value().data() : nullptr;  // [c]; likewise 0
  Tensor mu = Tensor::uninitialized(one_each), s = Tensor::uninitialized(one_each);
  Tensor y = Tensor::uninitialized(x.shape());
  if (batch_statistics) {
    // mu = mean of x (F1)   sigma^2 = mean of (x - mu)^2 (F2)   xhat = (x - mu) s (F3)   y = gamma xhat + beta (F4)
    Tensor sigma2 = Tensor::uninitialized(one_each);
    kernels::active().batch_norm_forward(shape, x.value().data(), gamma.data(), beta, options_.eps, mu.mutable_data(),
                                         sigma2.mutable_data(), s.mutable_data(), y.mutable_data());
    if (training()) update_running_estimates(mu, sigma2, values_per_channel(x.shape()));
  } else {
    mu = *running_mean_;  // (21)
    for (std::int64_t c = 0; c < channels_; ++c) {
      const Scalar v = running_var_->data()[c] + options_.eps;
      s.mutable_data()[c] = v == 0 ? 0 : 1 / std::sqrt(v);  // what never varied has nothing to be normalized
    }
    kernels::active().batch_norm_normalize(shape, x.value().data(), mu.data(), s.data(), gamma.data(), beta,
                                           y.mutable_data());
  }

  // Two sums, then one expression; the loop to read is in core/kernels/plain/batch_norm.cpp.
  //
  //   dbeta = sum_k dy_k                                      (S6)
  //   dgamma = sum_k dy_k xhat_k                              (S5)
  //   dx_i = gamma s (dy_i - dbeta / m - xhat_i dgamma / m)   (11)
  //                   term 1: what arrives
  //                          term 2: its mean, for adding a constant to all x changes nothing
  //                                     term 3: its part along xhat, for stretching all x changes nothing either
  //
  // In evaluation mu and s are constants, and only term 1 is left: dx_i = gamma s dy_i (22).
  auto backward = [=, x = x.value(), gamma = std::move(gamma), mu = std::move(mu), s = std::move(s)](Tensor& dy,
                                                                                                     Gradients& d) {
    const Scalar* const arrived = dy.data();
    // dx takes the place of dy where nobody else holds it.
    Tensor dx = !d.needs(0) ? Tensor() : dy.shares_numbers() ? Tensor::uninitialized(x.shape()) : std::move(dy);
    Tensor dgamma = Tensor::uninitialized(s.shape()), dbeta = Tensor::uninitialized(s.shape());
    kernels::active().batch_norm_backward(shape, batch_statistics, x.data(), arrived, mu.data(), s.data(), gamma.data(),
                                          dx.mutable_data(), dgamma.mutable_data(), dbeta.mutable_data());
    if (d.needs(0)) d.add(0, std::move(dx));
    if (gamma.count() == 0) return;  // not affine
    d.add(1, std::move(dgamma));
    d.add(2, std::move(dbeta));
  };
  if (!gamma_) return record("batch_norm", {x}, y, std::move(backward));
  const Variable weight = *gamma_, bias = *beta_;
  return record("batch_norm", {x, weight, bias}, y, std::move(backward));
}

// r <- (1 - p) r + p mu and v <- (1 - p) v + p m/(m - 1) sigma^2 (20). A batch with a NaN or an infinity in it leaves
// them alone: it would never leave the estimates again, while its output shows it anyway.
void BatchNorm1d::update_running_estimates(const Tensor& mean, const Tensor& variance, std::int64_t m) {
  if (!running_mean_ || !all_finite(mean) || !all_finite(variance)) return;
  ++*batches_;
  const Scalar p = options_.momentum ? *options_.momentum : 1 / static_cast<Scalar>(*batches_);
  const Scalar unbiased = static_cast<Scalar>(m) / static_cast<Scalar>(m - 1);
  Scalar *r = running_mean_->mutable_data(), *v = running_var_->mutable_data();
  for (std::int64_t c = 0; c < channels_; ++c) {
    r[c] = r[c] * (1 - p) + mean.data()[c] * p;
    v[c] = v[c] * (1 - p) + variance.data()[c] * (p * unbiased);
  }
}

void BatchNorm1d::check(const Shape& shape, bool batch_statistics) const {
  if (!takes(shape.rank()) || shape[1] != channels_) fail("batch_norm", "needs x ", taken(), ", got ", shape);
  if (batch_statistics && values_per_channel(shape) < 2) {
    fail("batch_norm", "needs more than one value per channel ",
         training() ? "when training" : "without running estimates", ", got ", shape);
  }
}

std::string BatchNorm1d::describe() const {
  return text(kind(), '(', channels_, options_.affine ? "" : ", affine = false",
              options_.track_running_stats ? ")" : ", track_running_stats = false)");
}

}  // namespace gradus
