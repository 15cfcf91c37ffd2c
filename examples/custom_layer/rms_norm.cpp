#include <gradus/examples/custom_layer/rms_norm.h>

namespace gradus::examples {

ComposedRMSNorm::ComposedRMSNorm(std::int64_t features, Scalar eps)
    : gain_(register_parameter("weight", Tensor::full({features}, 1))), eps_(eps) {}

// Operations on Variables are recorded one by one, and the tape knows the gradient of each. Nothing is left to do.
Variable ComposedRMSNorm::forward(const Variable& x) {
  const Variable mean_square = mean(x * x, {-1}, Reduced::kept);  // [n, 1]
  const Variable xhat = x / sqrt(mean_square + eps_);             // [n, c]
  return xhat * gain_;
}

RMSNorm::RMSNorm(std::int64_t features, Scalar eps)
    : gain_(register_parameter("weight", Tensor::full({features}, 1))), eps_(eps) {}

// One row of c features: s = (mean(x^2) + eps)^(-1/2), xhat_k = x_k s, y_k = gain_k xhat_k.
//
// x_j reaches every xhat_k through s, and its own directly. From ds/dx_j = -s^3 x_j / c follows
//
//   dxhat_k/dx_j = s 1[k = j] + x_k ds/dx_j = s (1[k = j] - xhat_k xhat_j / c)
//
// and so, with g_k = dy_k gain_k,
//
//   dx_j = sum_k g_k dxhat_k/dx_j = s (g_j - xhat_j mean_k(g_k xhat_k))
//   dgain_j = sum over the rows of dy_j xhat_j
//
// Operations on Tensors only compute. record() puts the result on the tape as one operation, with the function that
// takes its gradient dy back to the inputs; it captures Tensors, never Variables.
Variable RMSNorm::forward(const Variable& x) {
  const Variable gain = gain_;
  const Tensor mean_square = mean(x.value() * x.value(), {-1}, Reduced::kept);  // [n, 1]
  const Tensor s = Scalar(1) / sqrt(mean_square + eps_);                        // [n, 1]
  const Tensor xhat = x.value() * s;                                            // [n, c]
  const Tensor y = xhat * gain.value();
  return record("rms_norm", {x, gain}, y, [s, xhat, gain = gain.value()](const Tensor& dy, Gradients& d) {
    if (d.needs(0)) {
      const Tensor g = dy * gain;
      d.add(0, s * (g - xhat * mean(g * xhat, {-1}, Reduced::kept)));  // dx
    }
    if (d.needs(1)) d.add(1, sum_to(dy * xhat, gain.shape()));  // dgain
  });
}

}  // namespace gradus::examples
