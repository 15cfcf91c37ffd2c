// layers/batch_norm.md as a program: each of its equations is evaluated on one batch, in double, and held against the
// others, the tape and central differences; then the clock is asked what the derivation was good for.
#include <gradus/core/tensor/random.h>
#include <gradus/examples/batchnorm_derivation/clock.h>
#include <gradus/examples/batchnorm_derivation/comparison.h>
#include <gradus/examples/command_line/arguments.h>
#include <gradus/examples/command_line/format.h>

#include <cmath>
#include <iostream>
#include <stdexcept>

namespace batchnorm_derivation {
namespace {

struct Options {
  std::int64_t n = 32, c = 4;
  double eps = 1e-5;
  std::uint64_t seed = 1;
  bool no_timing = false;
};

Options parse_options(int argc, char** argv) {
  using namespace gradus::examples;
  Options options;
  Arguments arguments("batchnorm_derivation",
                      "Evaluates every equation of layers/batch_norm.md and compares them with each other, with the "
                      "tape, with central differences and with the clock.");
  // Of two samples normalization leaves nothing but their order: dx all but cancels, and so would every comparison.
  arguments.add("--n", "N", "samples; with 2 all of dx but its rounding would cancel", options.n, range(3, 512));
  arguments.add("--c", "N", "features; central differences take minutes at 512 samples of 256", options.c,
                range(1, 256));
  arguments.add("--eps", "X", "epsilon", options.eps, range(0, 1e6));
  arguments.add("--seed", "N", "of the batch", options.seed);
  arguments.add_flag("--no-timing", "leave the clock out", options.no_timing);
  arguments.parse(argc, argv);
  return options;
}

// Features of very different scale. The first has a variance near epsilon: elsewhere epsilon hardly matters, and an
// equation that forgets it would look right.
Batch random_batch(const Options& options) {
  gradus::Rng rng(options.seed);
  Batch batch{.n = options.n, .c = options.c, .x = {}, .g = {}, .gamma = {}, .eps = options.eps};
  std::vector<double> mean, deviation;
  for (std::int64_t f = 0; f < options.c; ++f) {
    mean.push_back(rng.normal());
    const double scale = std::pow(10.0, rng.uniform(-1, 1));
    deviation.push_back(f == 0 && options.eps > 0 ? std::sqrt(options.eps) : scale);
    batch.gamma.push_back(rng.uniform(0.5F, 2));
  }
  for (std::int64_t i = 0; i < options.n; ++i) {
    for (std::size_t f = 0; f < deviation.size(); ++f) {
      batch.x.push_back(mean[f] * deviation[f] + deviation[f] * rng.normal());
      batch.g.push_back(rng.normal());
    }
  }
  return batch;
}

void stop_at(const std::vector<std::string>& disagreements) {
  if (disagreements.empty()) return;
  for (const std::string& disagreement : disagreements) std::cout << "DISAGREES: " << disagreement << '\n';
  throw std::runtime_error(disagreements.front());
}

int run(int argc, char** argv) {
  const Options options = parse_options(argc, argv);
  const Batch batch = random_batch(options);
  std::cout
      << "The backward of batch normalization, equation by equation. The numbers in brackets are those of\n"
         "layers/batch_norm.md, where each step is explained.\n\n"
      << "A batch of " << batch.n << " samples with " << batch.c << " features, epsilon "
      << gradus::examples::format_number(batch.eps) << ", in double. Differences are in units of the feature's\n"
      << "largest |dx|, the worst feature counts. \"tape\" is the gradient that the library finds by itself when\n"
      << "the forward is composed from operations, \"numeric\" the central difference.\n\n";
  stop_at(compare_equations(batch, std::cout));
  std::cout << "All forms agree: to " << kTolerance << " with each other and the tape, to " << kNumericTolerance
            << " with central differences.\n\n"
            << "What a correct backward obeys\n\n";
  stop_at(check_invariants(batch, std::cout));
  if (options.no_timing) return 0;
  std::cout << "\nWhat the derivation was good for\n\n";
  measure(std::cout);
  return 0;
}

}  // namespace
}  // namespace batchnorm_derivation

int main(int argc, char** argv) { return gradus::examples::run_program(argc, argv, batchnorm_derivation::run); }
