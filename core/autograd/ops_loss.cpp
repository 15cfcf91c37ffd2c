#include <gradus/core/autograd/ops.h>
#include <gradus/core/error.h>
#include <gradus/core/kernels/kernels.h>

namespace gradus {

// loss = 1/n sum_i sum_j -t_ij log p_ij with p = softmax(logits) and t the target distribution.
// dlogits = (p - t) / n: the softmax's and the logarithm's derivatives cancel to this.
// One sweep computes both; the backward only scales by dy (a scalar, usually 1).
Variable cross_entropy(const Variable& logits, std::span<const std::int32_t> labels, Scalar label_smoothing) {
  const Shape& shape = logits.shape();
  if (shape.rank() != 2) fail("cross_entropy", "needs logits [n, classes], got ", shape);
  const std::int64_t n = shape[0], classes = shape[1];
  if (n != static_cast<std::int64_t>(labels.size())) {
    fail("cross_entropy", "logits ", shape, " need ", n, " labels, got ", labels.size());
  }
  if (n == 0) fail("cross_entropy", "the batch is empty: logits ", shape);
  if (classes == 0) fail("cross_entropy", "there are no classes: logits ", shape);
  if (!(label_smoothing >= 0 && label_smoothing <= 1)) {
    fail("cross_entropy", "label smoothing must be from 0 to 1, got ", label_smoothing);
  }
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] < 0 || labels[i] >= classes) {
      fail("cross_entropy", "label ", labels[i], " of sample ", i, " is not from 0 to ", classes - 1);
    }
  }
  Tensor losses = Tensor::uninitialized({n});
  Tensor difference;  // p - t
  if (logits.needs_grad()) difference = Tensor::uninitialized(shape);
  kernels::active().cross_entropy(n, classes, logits.value().data(), labels.data(), label_smoothing,
                                  losses.mutable_data(), difference.mutable_data());
  const Tensor y = sum(losses).item() / static_cast<Scalar>(n);
  return record("cross_entropy", {logits}, y, [difference, n](const Tensor& dy, Gradients& d) {
    d.add(0, difference * (dy.item() / static_cast<Scalar>(n)));
  });
}

// loss = 1/N sum (y - target)^2        dy = 2 (y - target) / N        dtarget = -dy
Variable mse(const Variable& y, const Variable& target) {
  if (y.shape() != target.shape()) fail("mse", "y ", y.shape(), " and target ", target.shape(), " differ");
  if (y.value().count() == 0) fail("mse", "the batch is empty: y ", y.shape());
  const Tensor difference = y.value() - target.value();
  const Tensor loss = mean(difference * difference, all_axes(difference));
  return record("mse", {y, target}, loss, [difference](const Tensor& dloss, Gradients& d) {
    const Tensor dy = difference * (dloss * 2 / static_cast<Scalar>(difference.count()));
    if (d.needs(0)) d.add(0, dy);
    if (d.needs(1)) d.add(1, -dy);
  });
}

}  // namespace gradus
