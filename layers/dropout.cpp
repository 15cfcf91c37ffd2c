#include <gradus/core/error.h>
#include <gradus/layers/dropout.h>

namespace gradus {

Dropout::Dropout(Scalar p, Rng& rng) : p_(p), rng_(register_generator("rng", Rng(rng.next()))) {
  if (!(p >= 0 && p < 1)) fail("dropout", "p must be at least 0 and below 1, got ", p);
}

// y = x mask        dx = dy mask        mask is 0 or 1 / (1 - p)
Variable Dropout::forward(const Variable& x) {
  if (!training() || p_ == 0) return x;
  Tensor mask = Tensor::uninitialized(x.shape());
  for (Scalar& keep : mask.mutable_values()) keep = rng_.uniform() < p_ ? Scalar{0} : 1 / (1 - p_);
  const Tensor y = x.value() * mask;
  return record("dropout", {x}, y, [mask](const Tensor& dy, Gradients& d) { d.add(0, dy * mask); });
}

std::string Dropout::describe() const { return text("Dropout(", p_, ")"); }

}  // namespace gradus
