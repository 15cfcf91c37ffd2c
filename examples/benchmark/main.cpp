// The library's own benchmark: tables for people, JSON lines for scripts.
#include <gradus/core/kernels/kernels.h>
#include <gradus/core/kernels/parallel.h>
#include <gradus/examples/benchmark/benchmarks.h>
#include <gradus/examples/command_line/arguments.h>

#include <cstdio>
#include <optional>

namespace gradus::examples {
namespace {

int benchmark(int argc, char** argv) {
  std::string what = "all", json;
  int thread_count = usable_threads();
  Arguments arguments("benchmark", "Measures how fast the library is on this machine. Nothing else should be running.");
  arguments.add_positional("what", "which part", what,
                           {"gemm", "batchnorm", "adam", "step", "cnn", "names", "time-to", "scaling", "all"},
                           Presence::optional);
  arguments.add("--threads", "N", "threads", thread_count, range(1, 1024));
  arguments.add("--json", "FILE", "write the numbers as lines of JSON", json);
  arguments.parse(argc, argv);
  set_threads(thread_count);
  std::optional<LineFile> file;
  if (!json.empty()) file.emplace(json);
  LineFile* out = file ? &*file : nullptr;

  std::printf("kernels for %s, %d thread(s)\n", kernels::active().level, threads());
  const auto run = [&](const char* name, void (*part)(LineFile*)) {
    if (what != name && what != "all") return;
    std::printf("\n");
    part(out);
    std::fflush(stdout);
  };
  run("step", benchmark_step);
  run("adam", benchmark_adam);
  run("batchnorm", benchmark_batch_norm);
  run("gemm", benchmark_gemm);
  run("cnn", benchmark_cnn);
  run("names", benchmark_names);
  run("time-to", benchmark_time_to);
  run("scaling", benchmark_scaling);
  return 0;
}

}  // namespace
}  // namespace gradus::examples

int main(int argc, char** argv) { return gradus::examples::run_program(argc, argv, gradus::examples::benchmark); }
