#include <gradus/core/inspect/stopwatch.h>
#include <gradus/core/kernels/parallel.h>
#include <gradus/examples/benchmark/benchmarks.h>
#include <gradus/examples/benchmark/measure.h>
#include <gradus/examples/benchmark/workload.h>
#include <gradus/optim/adam.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>
#include <string>
#include <utility>

namespace gradus::examples {
namespace {

struct Row {
  std::string name, layer;
  double forward = 0, backward = 0;  // seconds, summed over all steps
};

// All rows of an operation as one, the longest first.
std::vector<Row> by_operation(const std::vector<Row>& rows) {
  std::map<std::string, std::pair<Row, int>> sums;
  for (const Row& row : rows) {
    auto& [sum, count] = sums[row.name];
    sum.forward += row.forward;
    sum.backward += row.backward;
    ++count;
  }
  std::vector<Row> result;
  for (const auto& [name, sum] : sums) {
    result.push_back({name, std::to_string(sum.second) + " times", sum.first.forward, sum.first.backward});
  }
  std::ranges::sort(result, std::greater(), [](const Row& row) { return row.forward + row.backward; });
  return result;
}

// What each operation of a step takes: from one line of the tape to the next, and its backward as the tape timed it;
// then the whole step, whose median is returned.
Seconds print_step(const std::string& net, Workload& workload, int steps, LineFile* json) {
  for (int i = 0; i < steps / 10; ++i) workload.step();

  Tape& tape = workload.tape();
  std::optional<Stopwatch> stopwatch(tape);
  workload.step();
  std::vector<Row> rows;
  for (int i = 0; i < tape.size(); ++i) {
    rows.push_back({std::string(tape.node(i).operation), std::string(tape.node(i).layer)});
  }
  double update = 0;
  for (int i = 0; i < steps; ++i) {
    double previous = Stopwatch::now();
    workload.forward_and_backward();
    const double start = now();
    workload.update();
    update += now() - start;
    // Parameters are put on the tape together with the operation that uses them, once that is computed.
    for (int node = 0; node < tape.size(); ++node) {
      if (!tape.node(node).parameter.empty()) continue;
      Row& row = rows[static_cast<std::size_t>(node)];
      row.forward += stopwatch->recorded_at(node) - std::exchange(previous, stopwatch->recorded_at(node));
      row.backward += stopwatch->backward(node);
    }
  }
  stopwatch.reset();

  const auto us = [steps](double seconds) { return seconds / steps * 1e6; };
  std::printf("one step of %s, %d thread(s): microseconds\n", net.c_str(), threads());
  std::printf("%-14s  %-14s  forward  backward\n", "operation", "layer");
  for (const Row& row : std::size(rows) > 60 ? by_operation(rows) : rows) {
    if (row.name == "input" || row.name == "parameter") continue;
    std::printf("%-14s  %-14s  %7.1f  %8.1f\n", row.name.c_str(), row.layer.c_str(), us(row.forward), us(row.backward));
    write(json, {{"operation", row.name},
                 {"layer", row.layer},
                 {"forward_us", us(row.forward)},
                 {"backward_us", us(row.backward)}});
  }
  std::printf("%-14s  %-14s  %7.1f\n", "update", "", us(update));

  const double flops = flop(tape);
  const Seconds whole = measure(7, steps / 5, [&] { workload.step(); });
  std::printf("whole step: best %.1f, median %.1f; %.1f MFLOP, %.0f %% of the peak\n", whole.best * 1e6,
              whole.median * 1e6, flops * 1e-6, 100 * flops / whole.median / (fma_peak() * 1e9 * threads()));
  write(json, {{"net", net}, {"update_us", us(update)}, {"step_us", whole.median * 1e6}, {"flop", flops}});
  return whole;
}

}  // namespace

void benchmark_step(LineFile* json) {
  Workload workload = mlp_workload(128, {784, 256, 128, 10});
  const Seconds step = print_step("784-256-128-10, batch 128", workload, 500, json);
  std::printf("an epoch of 468 such steps: %.3f s\n", 468 * step.median);
  // The same network with next to nothing to compute: what is left is the tape, the layers and the optimizer's loop.
  Workload tiny = mlp_workload(2, {2, 2, 2, 2});
  const Seconds tiny_step = measure(7, 5000, [&] { tiny.step(); });
  std::printf("a step of 2-2-2-2, batch 2, which is all tape: best %.2f, median %.2f\n", tiny_step.best * 1e6,
              tiny_step.median * 1e6);
  write(json, {{"tape_us", tiny_step.median * 1e6}});
}

void benchmark_cnn(LineFile* json) {
  Workload workload = cnn_workload(128);
  const Seconds step = print_step("the convolutional net, 16 and 32 channels, batch 128", workload, 30, json);
  std::printf("an epoch of 468 such steps: %.2f s\n", 468 * step.median);
}

void benchmark_names(LineFile* json) {
  Workload mlp = names_workload(letters::NetKind::mlp), gpt = names_workload(letters::NetKind::gpt);
  print_step("names --model mlp, batch 32", mlp, 2000, json);
  std::printf("\n");
  print_step("names --model gpt, batch 32", gpt, 50, json);
}

void benchmark_adam(LineFile* json) {
  constexpr std::int64_t count = 235'530;
  Rng rng(1);
  Parameter w("w", rng.normal({count}));
  w.set_grad(rng.normal({count}));
  Adam adam({&w});
  const Seconds seconds = measure(7, 500, [&] { adam.step(); });
  // It reads w, g, m, v and writes w, m, v.
  std::printf("Adam on %lld parameters: best %.1f us, median %.1f us (%.1f GB/s)\n", static_cast<long long>(count),
              seconds.best * 1e6, seconds.median * 1e6, 7e-9 * sizeof(Scalar) * count / seconds.best);
  write(json, {{"parameters", count}, {"adam_us", seconds.best * 1e6}});
}

void benchmark_scaling(LineFile* json) {
  const double peak = fma_peak() * threads();
  std::printf("training steps of 784-h-h-10 with %d thread(s), peak %.0f GFLOP/s\n", threads(), peak);
  std::printf("batch  hidden   samples/s  GFLOP/s  of peak\n");
  for (const std::int64_t batch : {32, 128, 512, 2048}) {
    for (const std::int64_t hidden : {64, 128, 256, 512, 1024, 2048}) {
      Workload workload = mlp_workload(batch, {784, hidden, hidden, 10});
      const double seconds = measure_for(0.3, [&] { workload.step(); }).mean;
      const double gflops = flop(workload.tape()) / seconds * 1e-9, samples = static_cast<double>(batch) / seconds;
      std::printf("%5d %7d %11.0f %8.1f %6.0f %%\n", static_cast<int>(batch), static_cast<int>(hidden), samples, gflops,
                  100 * gflops / peak);
      write(json, {{"batch", batch},
                   {"hidden", hidden},
                   {"samples_per_second", samples},
                   {"gflops", gflops},
                   {"of_peak", gflops / peak}});
    }
  }
}

}  // namespace gradus::examples
