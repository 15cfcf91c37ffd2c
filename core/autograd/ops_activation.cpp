// Activations. Where the slope can be written in terms of the output y, y is what is saved: it is there anyway.
#include <gradus/core/autograd/ops.h>
#include <gradus/core/error.h>
#include <gradus/core/kernels/kernels.h>

namespace gradus {

// y = max(x, 0)              dx = 0 where y <= 0, else dy
Variable relu(const Variable& x) {
  const Tensor y = relu(x.value());
  return record("relu", {x}, y, [y](Tensor& dy, Gradients& d) { d.add(0, relu_backward(std::move(dy), y)); });
}

// y = 1 / (1 + e^-x)         dx = dy y (1 - y)
Variable sigmoid(const Variable& x) {
  const Tensor y = sigmoid(x.value());
  return record("sigmoid", {x}, y, [y](Tensor& dy, Gradients& d) { d.add(0, sigmoid_backward(std::move(dy), y)); });
}

// y = tanh x                 dx = dy (1 - y^2)
Variable tanh(const Variable& x) {
  const Tensor y = tanh(x.value());
  return record("tanh", {x}, y, [y](Tensor& dy, Gradients& d) { d.add(0, tanh_backward(std::move(dy), y)); });
}

// y = x where x > 0, else slope x        dx = dy where x > 0, else slope dy
Variable leaky_relu(const Variable& x, Scalar slope) {
  const Tensor positive = greater(x.value(), 0);
  const Tensor y = where(positive, x.value(), x.value() * slope);
  return record("leaky_relu", {x}, y,
                [positive, slope](const Tensor& dy, Gradients& d) { d.add(0, where(positive, dy, dy * slope)); });
}

// y = x Phi(x)               dx = dy (Phi(x) + x phi(x)), this slope being found with y: Phi is what takes long
Variable gelu(const Variable& x) {
  Tensor slope;
  const Tensor y = gelu(x.value(), x.needs_grad() ? &slope : nullptr);
  return record("gelu", {x}, y, [slope](Tensor& dy, Gradients& d) { d.add(0, std::move(dy) * slope); });
}

// y = x s, s = sigmoid(x)    dx = dy (s + x s (1 - s))
Variable silu(const Variable& x) {
  const Tensor s = sigmoid(x.value());
  const Tensor y = x.value() * s;
  return record("silu", {x}, y, [s, y](const Tensor& dy, Gradients& d) { d.add(0, dy * (s + y * (1 - s))); });
}

// y = x mask       dx = dy mask       mask is 0 or 1 / (1 - p)
Variable dropout(const Variable& x, Scalar p, Rng& rng) {
  if (!(p >= 0 && p < 1)) fail("dropout", "p must be at least 0 and below 1, got ", p);
  Tensor mask = Tensor::uninitialized(x.shape());
  kernels::active().dropout_mask(mask.count(), rng.next(), p, mask.mutable_data());
  const Tensor y = x.value() * mask;
  return record("dropout", {x}, y, [mask](Tensor& dy, Gradients& d) { d.add(0, std::move(dy) * mask); });
}

// y_j = e^x_j / S with S = sum_k e^x_k. Since dy_j/dx_i = y_j (1[i = j] - y_i):
// dx_i = y_i (dy_i - sum_j dy_j y_j)
Variable softmax(const Variable& x) {
  const Tensor y = softmax(x.value());
  return record("softmax", {x}, y,
                [y](const Tensor& dy, Gradients& d) { d.add(0, y * (dy - sum(dy * y, {-1}, Reduced::kept))); });
}

// y_j = x_j - log S. Since dy_j/dx_i = 1[i = j] - softmax(x)_i, and softmax(x) = e^y:
// dx_i = dy_i - e^y_i sum_j dy_j
Variable log_softmax(const Variable& x) {
  const Tensor y = log_softmax(x.value());
  return record("log_softmax", {x}, y,
                [y](const Tensor& dy, Gradients& d) { d.add(0, dy - exp(y) * sum(dy, {-1}, Reduced::kept)); });
}

}  // namespace gradus
