// Compiled for the processor it is built on (see CMakeLists.txt): twelve chains of multiply-adds, enough to keep both
// units of a core busy, on the widest vectors there are.
#include <gradus/examples/benchmark/benchmarks.h>
#include <gradus/examples/benchmark/measure.h>

namespace gradus::examples {
namespace {

#ifdef __AVX512F__
constexpr int kLanes = 16;
#else
constexpr int kLanes = 8;
#endif
constexpr int kChains = 12, kSteps = 200000;
using Vector [[gnu::vector_size(kLanes * sizeof(float))]] = float;

// In a function of its own, or the chains would not stay in registers; each begins elsewhere, or they would be one.
[[gnu::noinline]] Vector multiply_and_add(Vector x, Vector y) {
  Vector sums[kChains], total = {};
  for (int i = 0; i < kChains; ++i) sums[i] = y * static_cast<float>(i);
  for (int step = 0; step < kSteps; ++step) {
#pragma GCC unroll 12
    for (int i = 0; i < kChains; ++i) sums[i] = sums[i] * x + y;  // one instruction: contraction is on in this file
  }
  for (int i = 0; i < kChains; ++i) total += sums[i];
  return total;
}

}  // namespace

double fma_peak() {
  volatile float factor = 0.999f, result = 0;  // volatile: or every call would be known to give the same
  const auto run = [&] { result = multiply_and_add(Vector{} + factor, Vector{} + 0.001f)[0]; };
  return 2.0 * kChains * kLanes * kSteps / measure(20, 1, run).best * 1e-9;
}

}  // namespace gradus::examples
