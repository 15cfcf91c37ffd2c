// The parts of the benchmark. Each prints a table and writes its JSON lines to `json`, if that is not null.
#pragma once

#include <gradus/core/io/json.h>
#include <gradus/examples/command_line/output_file.h>

namespace gradus::examples {

inline void write(LineFile* json, const JsonText& line) {
  if (json) json->write_line(line.str());
}

// Matrix products: form, m, n, k, GFLOP/s as the mean over half a second of calls, and of the best call.
void benchmark_gemm(LineFile* json);

// BatchNorm1d's backward in its forms, in microseconds, beside a copy of as much data.
void benchmark_batch_norm(LineFile* json);

// Adam's update of the parameters of the standard workload.
void benchmark_adam(LineFile* json);

// Where the time of a training step goes, operation by operation; and what a step costs that computes next to nothing,
// which is the price of the tape.
void benchmark_step(LineFile* json);

// The same table for the convolutional net, and for the two nets of `names`.
void benchmark_cnn(LineFile* json);
void benchmark_names(LineFile* json);

// Seconds of training to 98 and to 99 % of MNIST's test images, five seeds each: to the end of the first epoch that
// reaches it, from before the images are read, evaluations left out.
void benchmark_time_to(LineFile* json);

// Training steps for batches and hidden layers from small to large: samples per second, GFLOP/s, share of the peak.
void benchmark_scaling(LineFile* json);

// Fused multiply-adds a core can do with the widest vectors it has, in GFLOP/s.
double fma_peak();

}  // namespace gradus::examples
