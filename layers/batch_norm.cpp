// Numbers in brackets are equations of layers/batch_norm.md. There are m values a channel: m = n for x [n, c] and
// m = n l for x [n, c, l]; s = (sigma^2 + eps)^(-1/2).
#include <gradus/core/error.h>
#include <gradus/core/kernels/kernels.h>
#include <gradus/layers/batch_norm.h>

namespace gradus {
namespace {

kernels::Channels channels_of(const Shape& shape) { return {shape[0], shape[1], shape.rank() == 3 ? shape[2] : 1}; }
std::int64_t values_per_channel(const Shape& shape) { return shape[1] ? shape.count() / shape[1] : 0; }
Axes batch_axes(const Shape& shape) { return shape.rank() == 3 ? Axes{0, 2} : Axes{0}; }

// One number a channel, [c], in the shape that broadcasts against x: [c] or [c, 1].
Tensor per_channel(const Tensor& t, const Shape& x) { return x.rank() == 3 ? t.reshape({t.count(), 1}) : t; }
// And back: summed over all values of a channel, [c].
Tensor sum_per_channel(const Tensor& t) { return sum(t, batch_axes(t.shape())); }

// What a forward leaves for its backward.
struct Saved {
  Tensor x;      // [n, c] or [n, c, l]
  Tensor mu, s;  // [c]
  Tensor gamma;  // [c], or ones
  bool affine;

  const Scalar* gamma_or_null() const { return affine ? gamma.data() : nullptr; }
};

struct Results {
  Tensor dx, dgamma, dbeta;
};

// The layer's own backward: two sums, then one expression, in two sweeps over memory. As plain loops it stands in
// core/kernels/plain/batch_norm.cpp.
//
//   dbeta = sum_k dy_k                                      (S6)
//   dgamma = sum_k dy_k xhat_k                              (S5)
//   dx_i = gamma s (dy_i - dbeta / m - xhat_i dgamma / m)   (11)
//                   term 1 what arrives
//                          term 2 its mean: adding a constant to all x changes nothing
//                                     term 3 its part along xhat: neither does stretching them
//
// In evaluation mu and s are constants and only term 1 is left: dx_i = gamma s dy_i (22).
Results fused(const Tensor& dy, const Saved& saved, bool training, bool needs_dx) {
  const auto& [x, mu, s, gamma, affine] = saved;
  Tensor dx = needs_dx ? Tensor::uninitialized(x.shape()) : Tensor();
  Tensor dgamma = Tensor::uninitialized(s.shape()), dbeta = Tensor::uninitialized(s.shape());
  kernels::active().batch_norm_backward(channels_of(x.shape()), training, x.data(), dy.data(), mu.data(), s.data(),
                                        saved.gamma_or_null(), dx.mutable_data(), dgamma.mutable_data(),
                                        dbeta.mutable_data());
  return {dx, dgamma, dbeta};
}

// The same equations array by array, as one writes them with a tensor library.
Results simplified(const Tensor& g, const Saved& saved) {
  const auto spread = [&](const Tensor& t) { return per_channel(t, g.shape()); };
  const Scalar m = static_cast<Scalar>(values_per_channel(g.shape()));
  const Tensor xhat = (saved.x - spread(saved.mu)) * spread(saved.s);                                     // (F3)
  const Tensor dgamma = sum_per_channel(g * xhat);                                                        // (S5)
  const Tensor dbeta = sum_per_channel(g);                                                                // (S6)
  const Tensor dx = spread(saved.gamma * saved.s) * (g - spread(dbeta / m) - xhat * spread(dgamma / m));  // (11)
  return {dx, dgamma, dbeta};
}

// The chain rule taken one stage at a time, as on page 4 of the paper; dsigma2 and dmu are gradients of their own.
Results staged(const Tensor& g, const Saved& saved) {
  const auto spread = [&](const Tensor& t) { return per_channel(t, g.shape()); };
  const Scalar m = static_cast<Scalar>(values_per_channel(g.shape()));
  const Tensor deviation = saved.x - spread(saved.mu);
  const Tensor dxhat = g * spread(saved.gamma);                                                                  // (S1)
  const Tensor dsigma2 = Scalar(-0.5) * pow(saved.s, 3) * sum_per_channel(dxhat * deviation);                    // (S2)
  const Tensor dmu = sum_per_channel(-dxhat * spread(saved.s)) + dsigma2 * sum_per_channel(-2 * deviation) / m;  // (S3)
  const Tensor dx = dxhat * spread(saved.s) + spread(dmu / m) + spread(dsigma2) * (2 * deviation / m);           // (S4)
  const Tensor dgamma = sum_per_channel(g * (deviation * spread(saved.s)));                                      // (S5)
  const Tensor dbeta = sum_per_channel(g);                                                                       // (S6)
  return {dx, dgamma, dbeta};
}

Results backward(BatchNormBackward form, const Tensor& dy, const Saved& saved, bool training, bool needs_dx) {
  if (training && form == BatchNormBackward::simplified) return simplified(dy, saved);
  if (training && form == BatchNormBackward::staged) return staged(dy, saved);
  return fused(dy, saved, training, needs_dx);
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
  if (batch_statistics && options_.backward == BatchNormBackward::composed) return composed(x);

  const kernels::Table& kernel = kernels::active();
  const kernels::Channels shape = channels_of(x.shape());
  const Scalar* gamma = gamma_ ? gamma_->value().data() : nullptr;
  const Scalar* beta = beta_ ? beta_->value().data() : nullptr;
  Tensor mu = Tensor::uninitialized({channels_}), s = Tensor::uninitialized({channels_});
  Tensor y = Tensor::uninitialized(x.shape());
  if (batch_statistics) {
    // mu (F1), sigma^2 (F2), s and xhat (F3), y (F4)
    Tensor sigma2 = Tensor::uninitialized({channels_});
    kernel.batch_norm_forward(shape, x.value().data(), gamma, beta, options_.eps, mu.mutable_data(),
                              sigma2.mutable_data(), s.mutable_data(), y.mutable_data());
    if (training()) update_running_estimates(mu, sigma2, values_per_channel(x.shape()));
  } else {
    mu = *running_mean_;  // (21)
    s = Scalar(1) / sqrt(*running_var_ + options_.eps);
    kernel.batch_norm_normalize(shape, x.value().data(), mu.data(), s.data(), gamma, beta, y.mutable_data());
  }

  Saved saved = {x.value(), std::move(mu), std::move(s), gamma_ ? gamma_->value() : Tensor(1), gamma_ != nullptr};
  return record_with_parameters(
      x, y, [saved = std::move(saved), form = options_.backward, batch_statistics](const Tensor& dy, Gradients& d) {
        const Results results = backward(form, dy, saved, batch_statistics, d.needs(0));
        if (d.needs(0)) d.add(0, results.dx);
        if (!saved.affine) return;
        d.add(1, results.dgamma);
        d.add(2, results.dbeta);
      });
}

template <class Backward>
Variable BatchNorm1d::record_with_parameters(const Variable& x, const Tensor& y, Backward&& backward) const {
  if (!gamma_) return record("batch_norm", {x}, y, std::move(backward));
  const Variable gamma = *gamma_, beta = *beta_;
  return record("batch_norm", {x, gamma, beta}, y, std::move(backward));
}

// F1 to F4 as operations on the tape.
Variable BatchNorm1d::composed(const Variable& x) {
  const Axes axes = batch_axes(x.shape());
  const Variable mu = mean(x, axes, Reduced::kept);  // (F1)
  const Variable deviation = x - mu;
  const Variable sigma2 = mean(deviation * deviation, axes, Reduced::kept);  // (F2)
  const Variable xhat = deviation / sqrt(sigma2 + options_.eps);             // (F3)
  if (training()) {
    const Shape per_feature = {channels_};
    update_running_estimates(mu.value().reshape(per_feature), sigma2.value().reshape(per_feature),
                             values_per_channel(x.shape()));
  }
  if (!gamma_) return xhat;
  const Shape shape = x.rank() == 3 ? Shape{channels_, 1} : Shape{channels_};
  const Variable scaled = xhat * reshape(*gamma_, shape);
  return scaled + reshape(*beta_, shape);  // (F4)
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
  if ((shape.rank() != 2 && shape.rank() != 3) || shape[1] != channels_) {
    fail("batch_norm", "needs x [n, ", channels_, "] or [n, ", channels_, ", l], got ", shape);
  }
  if (batch_statistics && values_per_channel(shape) < 2) {
    fail("batch_norm", "needs more than one value per channel ",
         training() ? "when training" : "without running estimates", ", got ", shape);
  }
}

std::string BatchNorm1d::describe() const {
  return text("BatchNorm1d(", channels_, options_.affine ? "" : ", affine = false",
              options_.track_running_stats ? ")" : ", track_running_stats = false)");
}

}  // namespace gradus
