// Numbers in brackets are equations of layers/batch_norm.md.
#include <gradus/examples/batchnorm_derivation/forms.h>

namespace gradus::examples {
namespace {

// Equation 11 array by array, as one writes it with a tensor library.
BatchNormGradients simplified(const Tensor& g, const BatchNormSaved& saved) {
  const auto& [x, axes, m, mu, sigma2, s, gamma] = saved;
  const Tensor xhat = (x - mu) * s;                                     // (F3)
  const Tensor dgamma = saved.sum(g * xhat);                            // (S5)
  const Tensor dbeta = saved.sum(g);                                    // (S6)
  const Tensor dx = gamma * s * (g - dbeta / m - xhat * (dgamma / m));  // (11)
  return {dx, dgamma, dbeta};
}

// The chain rule taken one stage at a time, as on page 4 of the paper; dsigma2 and dmu are gradients of their own.
BatchNormGradients staged(const Tensor& g, const BatchNormSaved& saved) {
  const auto& [x, axes, m, mu, sigma2, s, gamma] = saved;
  const Tensor deviation = x - mu;
  const Tensor dxhat = g * gamma;                                                      // (S1)
  const Tensor dsigma2 = Scalar(-0.5) * pow(s, 3) * saved.sum(dxhat * deviation);      // (S2)
  const Tensor dmu = saved.sum(-dxhat * s) + dsigma2 * saved.sum(-2 * deviation) / m;  // (S3)
  const Tensor dx = dxhat * s + dmu / m + dsigma2 * (2 * deviation / m);               // (S4)
  const Tensor dgamma = saved.sum(g * (deviation * s));                                // (S5)
  const Tensor dbeta = saved.sum(g);                                                   // (S6)
  return {dx, dgamma, dbeta};
}

}  // namespace

BatchNormSaved::BatchNormSaved(const Tensor& of_x, Scalar eps)
    : x(of_x),
      axes(x.rank() == 3 ? Axes{0, 2} : Axes{0}),
      m(static_cast<Scalar>(count_along(x.shape(), axes))),
      mu(mean(x, axes, Reduced::kept)),
      sigma2(mean((x - mu) * (x - mu), axes, Reduced::kept)),
      s(1 / sqrt(sigma2 + eps)) {}

Tensor BatchNormWithBackward::unrecorded(const Variable& x) {
  Tape tape(Recording::off);
  return BatchNorm1d::forward(tape.input(x.value())).value();
}

Variable BatchNormWithBackward::forward_with(const Variable& x, const Backward& backward) {
  const Tensor y = unrecorded(x);
  BatchNormSaved saved(x.value(), options().eps);
  if (gamma()) saved.gamma = gamma()->value().reshape(saved.mu.shape());
  const auto add = [saved, backward](const Tensor& dy, Gradients& d) {
    const auto [dx, dgamma, dbeta] = backward(dy, saved);
    if (d.needs(0)) d.add(0, dx);
    if (saved.gamma.rank() == 0) return;  // not affine
    if (dgamma.count() > 0) d.add(1, dgamma.reshape({-1}));
    d.add(2, dbeta.reshape({-1}));
  };
  if (!gamma()) return record("batch_norm", {x}, y, add);
  const Variable scale = *gamma(), offset = *beta();
  return record("batch_norm", {x, scale, offset}, y, add);
}

Variable BatchNormInForm::forward(const Variable& x) {
  const bool batch_statistics = training() || !options().track_running_stats;
  if (!batch_statistics || form_ == BatchNormForm::fused) return BatchNorm1d::forward(x);
  if (form_ == BatchNormForm::composed) return composed(x);
  return forward_with(x, form_ == BatchNormForm::staged ? staged : simplified);
}

Variable BatchNormInForm::composed(const Variable& x) {
  unrecorded(x);
  const Axes axes = x.rank() == 3 ? Axes{0, 2} : Axes{0};
  const Variable mu = mean(x, axes, Reduced::kept);  // (F1)
  const Variable deviation = x - mu;
  const Variable sigma2 = mean(deviation * deviation, axes, Reduced::kept);  // (F2)
  const Variable xhat = deviation / sqrt(sigma2 + options().eps);            // (F3)
  if (!gamma()) return xhat;
  const Variable scaled = xhat * reshape(*gamma(), mu.shape());
  return scaled + reshape(*beta(), mu.shape());  // (F4)
}

}  // namespace gradus::examples
