#include <gradus/core/kernels/parallel.h>
#include <gradus/core/tensor/arithmetic.h>
#include <gradus/core/tensor/random.h>
#include <gradus/examples/benchmark/benchmarks.h>
#include <gradus/examples/benchmark/measure.h>

#include <cstdio>

namespace gradus::examples {
namespace {

// The products of the standard workload's layers, forward and backward, and large squares.
constexpr int shapes[][3] = {{128, 256, 784}, {784, 256, 128}, {128, 128, 256},    {256, 128, 128},   {128, 256, 128},
                             {128, 10, 128},  {512, 512, 512}, {1024, 1024, 1024}, {2048, 2048, 2048}};
constexpr std::pair<const char*, Transpose> forms[] = {
    {"NN", Transpose::none}, {"NT", Transpose::second}, {"TN", Transpose::first}};

}  // namespace

void benchmark_gemm(LineFile* json) {
  const double peak = fma_peak() * threads();
  std::printf("matrix product: GFLOP/s (peak of the multiply-adds with %d threads: %.0f)\n", threads(), peak);
  std::printf("form      m     n     k     mean   best  of peak\n");
  Rng rng(1);
  for (const auto& [m, n, k] : shapes) {
    for (const auto& [name, transpose] : forms) {
      const bool first = transpose == Transpose::first, second = transpose == Transpose::second;
      const Tensor a = rng.uniform(first ? Shape{k, m} : Shape{m, k}, -1, 1);
      const Tensor b = rng.uniform(second ? Shape{n, k} : Shape{k, n}, -1, 1);
      const Rate seconds = measure_for(0.5, [&, transpose = transpose] { matmul(a, b, transpose); });
      const double flop = 2.0 * m * n * k;
      const double gflops = flop / seconds.mean * 1e-9;
      std::printf("%-4s  %5d %5d %5d  %7.1f %6.1f   %4.0f %%\n", name, m, n, k, gflops, flop / seconds.best * 1e-9,
                  100 * gflops / peak);
      write(json, {{"form", name}, {"m", m}, {"n", n}, {"k", k}, {"gflops", gflops}});
    }
  }
}

}  // namespace gradus::examples
