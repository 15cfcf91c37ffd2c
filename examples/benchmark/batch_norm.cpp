#include <gradus/examples/batchnorm_derivation/timing.h>
#include <gradus/examples/benchmark/benchmarks.h>

#include <cstdio>

namespace gradus::examples {

void benchmark_batch_norm(LineFile* json) {
  std::printf("BatchNorm1d, backward: microseconds\n");
  std::printf("     n     c    staged  simplified     fused      copy  staged/fused  fused in copies\n");
  constexpr int shapes[][2] = {{64, 100}, {128, 256}, {1024, 1024}, {4096, 1024}};
  for (const auto& [n, c] : shapes) {
    const BatchNormTimes t = time_batch_norm_backward(n, c);
    std::printf("%6d %5d %9.1f %11.1f %9.1f %9.1f %13.1f %16.1f\n", n, c, t.staged, t.simplified, t.fused, t.copy,
                t.staged / t.fused, t.fused / t.copy);
    write(json, {{"n", n},
                 {"c", c},
                 {"staged_us", t.staged},
                 {"simplified_us", t.simplified},
                 {"fused_us", t.fused},
                 {"copy_us", t.copy}});
  }
}

}  // namespace gradus::examples
