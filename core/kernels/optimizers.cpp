// The steps of plain/optimizers.cpp: one loop over all the weights, its constants worked out beforehand (by each
// thread, since only in there everything is rounded to the nearest).
#include <gradus/core/kernels/elements.h>
#include <gradus/core/kernels/vector.h>

namespace gradus::kernels::GRADUS_LEVEL {
namespace {

// Calls f(i, count) for every vector of [begin, end); count is kWidth but for the last one.
template <class F>
inline void for_vectors(int64_t begin, int64_t end, const F& f) {
  int64_t i = begin;
  for (; i + kWidth <= end; i += kWidth) f(i, kWidth);
  if (i < end) f(i, end - i);
}

// The fraction m / (sqrt(v / correction2) + eps) is written as r m / (sqrt(v) + r eps) with r = sqrt(correction2),
// which saves a division.
void adam(const AdamStep& step, int64_t n, const Scalar* g, Scalar* w, Scalar* m, Scalar* v) {
  for_elements<4>(n, [=](int64_t begin, int64_t end) {
    const auto constant = [](double value) { return splat(static_cast<Scalar>(value)); };
    const Vector beta1 = constant(step.beta1), rest1 = constant(1 - step.beta1);
    const Vector beta2 = constant(step.beta2), rest2 = constant(1 - step.beta2);
    const double r = __builtin_sqrt(step.correction2);
    const Vector rate = constant(-step.learning_rate / step.correction1 * r), eps = constant(r * step.eps);
    const Vector decay = constant(step.decoupled ? 0 : step.weight_decay);
    const Vector keep = constant(step.decoupled ? 1 - step.learning_rate * step.weight_decay : 1);

    for_vectors(begin, end, [=](int64_t i, int64_t count) {
      const Vector weight = read(w + i, count);
      const Vector gradient = fma(decay, weight, read(g + i, count));
      const Vector moment1 = fma(beta1, read(m + i, count), rest1 * gradient);
      const Vector moment2 = fma(beta2, read(v + i, count), rest2 * gradient * gradient);
      write(m + i, moment1, count);
      write(v + i, moment2, count);
      write(w + i, fma(rate, moment1 / (root(moment2) + eps), keep * weight), count);
    });
  });
}

void sgd(int64_t n, const Scalar* g, double learning_rate, double momentum, double weight_decay, bool nesterov,
         Scalar* w, Scalar* velocity) {
  for_elements(n, [=](int64_t begin, int64_t end) {
    const auto constant = [](double value) { return splat(static_cast<Scalar>(value)); };
    const Vector rate = constant(-learning_rate), inertia = constant(momentum), decay = constant(weight_decay);

    for_vectors(begin, end, [=](int64_t i, int64_t count) {
      const Vector weight = read(w + i, count);
      Vector direction = fma(decay, weight, read(g + i, count));
      if (velocity != nullptr) {
        const Vector speed = fma(inertia, read(velocity + i, count), direction);
        write(velocity + i, speed, count);
        direction = nesterov ? fma(inertia, speed, direction) : speed;
      }
      write(w + i, fma(rate, direction, weight), count);
    });
  });
}

}  // namespace

void use_fast_optimizers(Table& table) {
  table.adam = adam;
  table.sgd = sgd;
}

}  // namespace gradus::kernels::GRADUS_LEVEL
