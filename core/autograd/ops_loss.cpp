#include <gradus/core/autograd/ops.h>
#include <gradus/core/error.h>
#include <gradus/core/kernels/kernels.h>

namespace gradus {

// loss = 1/n sum_i sum_j -t_ij log p_ij with p = softmax(logits) and t the target distribution.
// dlogits = (p - t) / n: the softmax's and the logarithm's derivatives cancel to this.
// One sweep computes both; the backward only scales by dy (a scalar, usually 1).
Variable cross_entropy(const Variable& logits, std::span<const std::int32_t> labels, Scalar label_smoothing,
                       std::optional<std::int32_t> ignored) {
  const Shape& shape = logits.shape();
  if (shape.rank() < 1) fail("cross_entropy", "needs logits [..., classes], got ", shape);
  const std::int64_t classes = shape[-1];
  if (classes == 0) fail("cross_entropy", "there are no classes: logits ", shape);
  const std::int64_t n = shape.count() / classes;
  if (n != static_cast<std::int64_t>(labels.size())) {
    fail("cross_entropy", "logits ", shape, " need ", n, " labels, got ", labels.size());
  }
  if (n == 0) fail("cross_entropy", "the batch is empty: logits ", shape);
  if (!(label_smoothing >= 0 && label_smoothing <= 1)) {
    fail("cross_entropy", "label smoothing must be from 0 to 1, got ", label_smoothing);
  }
  std::int64_t counted = 0;
  std::vector<std::int32_t>
      kept;  // with -1, which the kernel leaves out, for those that are ignored; empty if they have it
  if (ignored && *ignored != -1) kept.assign(labels.begin(), labels.end());
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (ignored && labels[i] == *ignored) {
      if (!kept.empty()) kept[i] = -1;
      continue;
    }
    if (labels[i] < 0 || labels[i] >= classes) {
      fail("cross_entropy", "label ", labels[i], " of sample ", i, " is not from 0 to ", classes - 1);
    }
    ++counted;
  }
  if (counted == 0) fail("cross_entropy", "every label is ", *ignored, ", which is ignored");
  Tensor losses = Tensor::uninitialized({n});
  Tensor difference;  // p - t
  if (logits.needs_grad()) difference = Tensor::uninitialized(shape);
  kernels::active().cross_entropy(n, classes, logits.value().data(), kept.empty() ? labels.data() : kept.data(),
                                  label_smoothing, losses.mutable_data(), difference.mutable_data());
  Scalar total = 0;
  kernels::active().sum(1, n, 1, losses.data(), &total);
  const Tensor y = total / static_cast<Scalar>(counted);
  return record("cross_entropy", {logits}, y, [difference, counted](const Tensor& dy, Gradients& d) {
    d.add(0, difference * (dy.item() / static_cast<Scalar>(counted)));
  });
}

namespace {

// y - target, checked.
Tensor difference_of(const char* loss, const Variable& y, const Variable& target) {
  if (y.shape() != target.shape()) fail(loss, "y ", y.shape(), " and target ", target.shape(), " differ");
  if (y.value().count() == 0) fail(loss, "the batch is empty: y ", y.shape());
  return y.value() - target.value();
}

Tensor mean_of_all(const Tensor& x) { return sum(x) / static_cast<Scalar>(x.count()); }

// A loss that depends on y - target alone: slope is its derivative, so that dy = slope / N and dtarget = -dy.
Variable loss_of_difference(const char* loss, const Variable& y, const Variable& target, const Tensor& losses,
                            const Tensor& slope) {
  return record(loss, {y, target}, mean_of_all(losses), [slope](const Tensor& dloss, Gradients& d) {
    const Tensor dy = slope * (dloss / static_cast<Scalar>(slope.count()));
    if (d.needs(0)) d.add(0, dy);
    if (d.needs(1)) d.add(1, -dy);
  });
}

}  // namespace

// loss = 1/N sum (y - target)^2        dy = 2 (y - target) / N        dtarget = -dy
Variable mse(const Variable& y, const Variable& target) {
  const Tensor difference = difference_of("mse", y, target);
  return loss_of_difference("mse", y, target, difference * difference, difference * 2);
}

// loss = 1/N sum |y - target|          dy = sign(y - target) / N      dtarget = -dy
Variable l1(const Variable& y, const Variable& target) {
  const Tensor difference = difference_of("l1", y, target);
  return loss_of_difference("l1", y, target, abs(difference), abs_backward(1, difference));
}

// With d = y - target and c = d kept within +-delta: loss = 1/N sum c (d - c / 2), which is d^2 / 2 where c = d and
// delta (|d| - delta / 2) beyond.      dy = c / N                     dtarget = -dy
Variable huber(const Variable& y, const Variable& target, Scalar delta) {
  if (!(delta > 0)) fail("huber", "delta must be positive, got ", delta);
  const Tensor difference = difference_of("huber", y, target);
  const Tensor kept = maximum(minimum(difference, delta), -delta);
  return loss_of_difference("huber", y, target, kept * (difference - kept / 2), kept);
}

// -log sigmoid(x) = softplus(-x) and -log(1 - sigmoid(x)) = softplus(x), with softplus(x) = log(1 + e^x):
// loss = 1/N sum t softplus(-x) + (1 - t) softplus(x)        dx = (sigmoid(x) - t) / N        dt = -x / N
Variable binary_cross_entropy_with_logits(const Variable& x, const Variable& target) {
  difference_of("binary_cross_entropy_with_logits", x, target);
  const Tensor &v = x.value(), &t = target.value();
  const Tensor y = mean_of_all(t * softplus(-v) + (1 - t) * softplus(v));
  return record("binary_cross_entropy_with_logits", {x, target}, y, [v, t](const Tensor& dy, Gradients& d) {
    const Tensor share = dy / static_cast<Scalar>(v.count());
    if (d.needs(0)) d.add(0, (sigmoid(v) - t) * share);
    if (d.needs(1)) d.add(1, -v * share);
  });
}

}  // namespace gradus
