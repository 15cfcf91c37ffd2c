// One step of an optimizer on the weights w, against their gradient g.
#include <gradus/core/kernels/kernels.h>

#include <cmath>
#include <limits>

namespace gradus::kernels::plain {
namespace {

// What decays towards zero would end as a subnormal number, which processors handle a hundred times slower.
Scalar flush_subnormal(double x) { return std::abs(x) < std::numeric_limits<Scalar>::min() ? 0 : Scalar(x); }

}  // namespace

// Kingma and Ba (2015), algorithm 1; decay as Loshchilov and Hutter (2019) have it if decoupled.
//
//   g += weight_decay w             or   w -= learning_rate weight_decay w
//   m = beta1 m + (1 - beta1) g          the mean of the gradient over some 1 / (1 - beta1) steps
//   v = beta2 v + (1 - beta2) g^2        and of its square
//   w -= learning_rate (m / correction1) / (sqrt(v / correction2) + eps)
//
// m and v start as 0. Divided by correction = 1 - beta^t, they are means over the t steps so far.
void adam(const AdamStep& step, int64_t n, const Scalar* g, Scalar* w, Scalar* m, Scalar* v) {
  const auto& [learning_rate, beta1, beta2, eps, weight_decay, decoupled, correction1, correction2] = step;
  for (int64_t i = 0; i < n; ++i) {
    double weight = w[i], gradient = g[i];
    if (decoupled) {
      weight -= learning_rate * weight_decay * weight;
    } else {
      gradient += weight_decay * weight;
    }
    m[i] = flush_subnormal(beta1 * m[i] + (1 - beta1) * gradient);
    v[i] = flush_subnormal(beta2 * v[i] + (1 - beta2) * gradient * gradient);
    w[i] = Scalar(weight - learning_rate * (m[i] / correction1) / (std::sqrt(v[i] / correction2) + eps));
  }
}

// Gradient descent: a ball that rolls downhill keeps its velocity.
//
//   g += weight_decay w
//   velocity = momentum velocity + g
//   w -= learning_rate velocity            or, Nesterov's look ahead,   w -= learning_rate (g + momentum velocity)
void sgd(int64_t n, const Scalar* g, double learning_rate, double momentum, double weight_decay, bool nesterov,
         Scalar* w, Scalar* velocity) {
  for (int64_t i = 0; i < n; ++i) {
    double direction = g[i] + weight_decay * w[i];
    if (velocity != nullptr) {
      velocity[i] = flush_subnormal(momentum * velocity[i] + direction);
      direction = nesterov ? direction + momentum * velocity[i] : velocity[i];
    }
    w[i] = Scalar(w[i] - learning_rate * direction);
  }
}

}  // namespace gradus::kernels::plain
