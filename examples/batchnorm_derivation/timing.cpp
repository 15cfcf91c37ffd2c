#include <gradus/core/inspect/stopwatch.h>
#include <gradus/core/kernels/parallel.h>
#include <gradus/examples/batchnorm_derivation/forms.h>
#include <gradus/examples/batchnorm_derivation/timing.h>

#include <algorithm>
#include <chrono>
#include <limits>

namespace gradus::examples {
namespace {

// Calls f(), which returns the seconds that count, and gives microseconds.
template <class F>
double best_mean(std::int64_t calls, const F& f) {
  for (int i = 0; i < 5; ++i) f();
  double best = std::numeric_limits<double>::infinity();
  for (int round = 0; round < 7; ++round) {
    double sum = 0;
    for (std::int64_t i = 0; i < calls; ++i) sum += f();
    best = std::min(best, sum / static_cast<double>(calls));
  }
  return best * 1e6;
}

double backward_time(BatchNormForm form, const Tensor& x, const Tensor& dy, std::int64_t calls) {
  BatchNormInForm layer(form, x.size(1));
  Tape tape;
  const Stopwatch stopwatch(tape);
  return best_mean(calls, [&] {
    tape.clear();
    layer.zero_grad();
    const Variable y = layer(tape.variable(x));
    tape.backward(y, dy);
    return stopwatch.backward(tape.size() - 1);
  });
}

double copy_time(const Tensor& from, std::int64_t calls) {
  Tensor to = Tensor::zeros(from.shape());
  return best_mean(calls, [&, source = from.data(), target = to.mutable_data()] {
    const auto start = std::chrono::steady_clock::now();
    parallel_for(from.count(), 1 << 15, [=](std::int64_t begin, std::int64_t end) {
      std::copy(source + begin, source + end, target + begin);
    });
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  });
}

}  // namespace

BatchNormTimes time_batch_norm_backward(std::int64_t n, std::int64_t c) {
  Rng rng(1);
  const Tensor x = rng.normal({n, c}), dy = rng.normal({n, c});
  const std::int64_t calls = std::max<std::int64_t>(3, 2'000'000 / (n * c));
  return {.staged = backward_time(BatchNormForm::staged, x, dy, calls),
          .simplified = backward_time(BatchNormForm::simplified, x, dy, calls),
          .fused = backward_time(BatchNormForm::fused, x, dy, calls),
          .copy = copy_time(x, calls)};
}

}  // namespace gradus::examples
