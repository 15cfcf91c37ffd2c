#include <gradus/core/error.h>
#include <gradus/core/tensor/arithmetic.h>
#include <gradus/optim/muon.h>

#include <algorithm>
#include <cmath>

namespace gradus {
namespace {

// A matrix with the same singular vectors and all singular values near 1.
Tensor orthogonalized(const Tensor& u) {
  const bool tall = u.size(0) > u.size(1);
  Tensor x = tall ? transpose(u) : u;  // the smaller x x^T
  x = x / (std::sqrt(sum(x * x).item()) + Scalar(1e-7));
  for (int round = 0; round < 5; ++round) {
    const Tensor a = matmul(x, x, Transpose::second);
    x = x * Scalar(3.4445) + matmul(a * Scalar(-4.775) + matmul(a, a) * Scalar(2.0315), x);
  }
  return tall ? transpose(x) : x;
}

}  // namespace

Muon::Muon(const ParameterGroups& groups, const MuonOptions& options)
    : Adam(groups, {.learning_rate = options.learning_rate, .weight_decay = options.weight_decay}, true),
      options_(options) {
  if (!(options.momentum >= 0 && options.momentum < 1)) {
    fail("muon", "momentum must be at least 0 and below 1, got ", options.momentum);
  }
}

void Muon::update(Slot& slot, double learning_rate) {
  const Tensor& w = slot.parameter.value();
  if (w.rank() < 2) return Adam::update(slot, learning_rate * options_.adam_learning_rate_factor);
  const auto scalar = [](double x) { return static_cast<Scalar>(x); };
  const Tensor& g = slot.parameter.grad();
  Tensor& m = state(slot, 0);
  m = m * scalar(options_.momentum) + g * scalar(1 - options_.momentum);
  const Tensor u = g * scalar(1 - options_.momentum) + m * scalar(options_.momentum);

  const std::int64_t rows = w.size(0), cols = rows ? w.count() / rows : 0;
  const Tensor o = orthogonalized(u.reshape({rows, cols})).reshape(w.shape());
  const double ratio = std::sqrt(std::max(1.0, static_cast<double>(rows) / static_cast<double>(cols)));
  slot.parameter.set_value(w * scalar(1 - learning_rate * slot.weight_decay) - o * scalar(learning_rate * ratio));
}

}  // namespace gradus
