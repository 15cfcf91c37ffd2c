// Compiled for the processor it is built on (see CMakeLists.txt): twelve chains of multiply-adds, enough to keep both
// units of a core busy, on the widest vectors there are.
#include <gradus/examples/benchmark/benchmarks.h>
#include <gradus/examples/benchmark/measure.h>

namespace gradus::examples {

double fma_peak() {
#ifdef __AVX512F__
  constexpr int lanes = 16;
#else
  constexpr int lanes = 8;
#endif
  constexpr int chains = 12, steps = 200000;
  using Vector [[gnu::vector_size(lanes * sizeof(float))]] = float;
  Vector sum[chains] = {}, x = {}, y = {};
  for (int i = 0; i < lanes; ++i) {
    x[i] = 0.999f;
    y[i] = 0.001f;
  }
  const auto run = [&] {
    for (int step = 0; step < steps; ++step) {
#pragma GCC unroll 12
      for (int i = 0; i < chains; ++i) sum[i] = sum[i] * x + y;  // one instruction: contraction is on in this file
      asm volatile("" : "+m"(x), "+m"(y));                       // or all steps would be worked out beforehand
    }
    asm volatile("" : : "m"(sum));
  };
  return 2.0 * chains * lanes * steps / measure(20, 1, run).best * 1e-9;
}

}  // namespace gradus::examples
