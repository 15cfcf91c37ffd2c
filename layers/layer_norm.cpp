#include <gradus/core/error.h>
#include <gradus/core/kernels/kernels.h>
#include <gradus/layers/layer_norm.h>

namespace gradus {

LayerNorm::LayerNorm(std::int64_t features, const LayerNormOptions& options) : features_(features), options_(options) {
  if (features <= 0) fail("layer_norm", "features must be positive, got ", features);
  if (!(options.eps >= 0)) fail("layer_norm", "eps must not be negative, got ", options.eps);
  if (!options.affine) return;
  gamma_ = &register_parameter("weight", Tensor::full({features}, 1));
  beta_ = &register_parameter("bias", Tensor::zeros({features}));
}

Variable LayerNorm::forward(const Variable& x) {
  if (x.rank() < 1 || x.size(-1) != features_) fail("layer_norm", "needs x [..., ", features_, "], got ", x.shape());
  const std::int64_t rows = x.shape().count() / features_;
  const Tensor gamma = gamma_ ? gamma_->value() : Tensor();  // without one its data() is null, which counts as 1
  const Tensor beta = beta_ ? beta_->value() : Tensor();     // likewise 0
  Tensor mu = Tensor::uninitialized({rows}), s = Tensor::uninitialized({rows});
  Tensor y = Tensor::uninitialized(x.shape());
  kernels::active().layer_norm_forward(rows, features_, x.value().data(), gamma.data(), beta.data(), options_.eps,
                                       mu.mutable_data(), s.mutable_data(), y.mutable_data());

  // For one row, with m features, s = (sigma^2 + eps)^(-1/2), xhat = (x - mu) s and g = gamma dy, the gradient of xhat:
  //
  //   adding a constant to all x of the row changes nothing, so the mean of g is taken out;
  //   stretching them changes nothing (but for eps), so its part along xhat is taken out:
  //
  //   dx_j = s (g_j - 1/m sum_k g_k - xhat_j 1/m sum_k g_k xhat_k)
  //
  // the same derivation as BatchNorm's (layers/batch_norm.md), along the other axis. dgamma_j = sum of dy_j xhat_j and
  // dbeta_j = sum of dy_j, over the rows. The loop to read is in core/kernels/plain/layer_norm.cpp.
  const Variable operands[] = {x, gamma_ ? Variable(*gamma_) : 1, beta_ ? Variable(*beta_) : 0};
  const std::span given(operands, gamma_ ? 3 : 1);
  return record("layer_norm", given, y, [=, m = features_, x = x.value()](const Tensor& dy, Gradients& d) {
    Tensor dx = d.needs(0) ? Tensor::uninitialized(x.shape()) : Tensor();
    Tensor dgamma = gamma.count() ? Tensor::uninitialized({m}) : Tensor(), dbeta = dgamma;
    kernels::active().layer_norm_backward(rows, m, x.data(), dy.data(), mu.data(), s.data(), gamma.data(),
                                          dx.mutable_data(), dgamma.mutable_data(), dbeta.mutable_data());
    if (d.needs(0)) d.add(0, dx);
    if (gamma.count() == 0) return;  // not affine
    d.add(1, dgamma);
    d.add(2, dbeta);
  });
}

std::string LayerNorm::describe() const {
  return text("LayerNorm(", features_, options_.affine ? ")" : ", affine = false)");
}

}  // namespace gradus
