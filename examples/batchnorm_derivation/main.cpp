// layers/batch_norm.md as a program: each of its equations is evaluated on one batch, in double, and compared with the
// others, the tape and central differences; then the clock tells what the derivation was good for.
#include <gradus/core/error.h>
#include <gradus/core/kernels/parallel.h>
#include <gradus/core/tensor/random.h>
#include <gradus/examples/batchnorm_derivation/comparison.h>
#include <gradus/examples/batchnorm_derivation/timing.h>
#include <gradus/examples/command_line/arguments.h>
#include <gradus/examples/command_line/format.h>

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <iostream>
#include <stdexcept>

namespace batchnorm_derivation {
namespace {

using gradus::examples::BatchNormTimes;
using gradus::examples::format_fixed;

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
                      "tape and with central differences; then takes the time of the ways to compute it.");
  // Of two samples normalization leaves nothing but their order: dx all but cancels, and so would every comparison.
  arguments.add("--n", "N", "samples; with 2 all of dx but its rounding would cancel", options.n, range(3, 512));
  arguments.add("--c", "N", "features; central differences take minutes at 512 samples of 256", options.c,
                range(1, 256));
  arguments.add("--eps", "X", "epsilon", options.eps, range(0, 1e6));
  arguments.add("--seed", "N", "of the batch", options.seed);
  arguments.add_flag("--no-timing", "skip the timing", options.no_timing);
  arguments.parse(argc, argv);
  return options;
}

// Features of very different scale. The first has a variance near epsilon: elsewhere epsilon hardly matters, and an
// equation that forgets it would look right.
Batch random_batch(const Options& options) {
  gradus::Rng rng(options.seed);
  Batch batch;
  std::vector<double> mean, deviation;
  for (std::int64_t f = 0; f < options.c; ++f) {
    mean.push_back(rng.normal());
    const double scale = std::pow(10.0, rng.uniform(-1, 1));
    deviation.push_back(f == 0 && options.eps > 0 ? std::sqrt(options.eps) : scale);
    batch.push_back({.x = {}, .g = {}, .gamma = rng.uniform(0.5F, 2), .eps = options.eps});
  }
  for (std::int64_t i = 0; i < options.n; ++i) {
    for (std::size_t f = 0; f < batch.size(); ++f) {
      batch[f].x.push_back(mean[f] * deviation[f] + deviation[f] * rng.normal());
      batch[f].g.push_back(rng.normal());
    }
  }
  return batch;
}

void stop_at(const std::vector<std::string>& disagreements) {
  if (disagreements.empty()) return;
  for (const std::string& disagreement : disagreements) std::cout << "DISAGREES: " << disagreement << '\n';
  throw std::runtime_error(disagreements.front());
}

struct Measurement {
  std::string shape;
  BatchNormTimes times;
};

// "1.9 to 2.8 times. ..." and for each shape whether that is what the article says.
void judge(const char* what, const std::vector<Measurement>& measurements, double BatchNormTimes::*form) {
  std::string below, within, above;
  double least = 1e300, most = 0;
  for (const auto& [shape, times] : measurements) {
    const double gain = std::round(10 * times.staged / (times.*form)) / 10;  // as it is printed
    least = std::min(least, gain);
    most = std::max(most, gain);
    std::string& shapes = gain < 3 ? below : gain <= 10 ? within : above;
    shapes += (shapes.empty() ? "" : ", ") + shape;
  }
  std::cout << "\n"
            << what << ":\n  " << format_fixed(least, 1) << " to " << format_fixed(most, 1)
            << " times as fast as staged.\n";
  if (!within.empty()) std::cout << "  The claim holds at " << within << '\n';
  if (!below.empty()) std::cout << "  It does not hold (the gain is smaller) at " << below << '\n';
  if (!above.empty()) std::cout << "  The gain is even greater than claimed at " << above << '\n';
}

// The article's second claim: the last equation is faster than the staged form.
void measure() {
  std::cout << "                  time of one backward, microseconds         gain over staged\n"
            << "shape            staged  simplified     fused    a copy    simplified     fused\n";
  std::vector<Measurement> measurements;
  for (const auto& [n, c] : {std::pair(64, 100), {128, 256}, {1024, 1024}, {4096, 1024}}) {
    const std::string shape = gradus::text(gradus::Shape{n, c});
    const BatchNormTimes t = gradus::examples::time_batch_norm_backward(n, c);
    std::cout << std::left << std::setw(13) << shape << std::right << std::setw(10) << format_fixed(t.staged, 1)
              << std::setw(12) << format_fixed(t.simplified, 1) << std::setw(10) << format_fixed(t.fused, 1)
              << std::setw(10) << format_fixed(t.copy, 1) << std::setw(14) << format_fixed(t.staged / t.simplified, 1)
              << std::setw(10) << format_fixed(t.staged / t.fused, 1) << std::endl;
    measurements.push_back({shape, t});
  }
  std::cout
      << "(the layer's backward alone, in float, with " << gradus::threads()
      << (gradus::threads() == 1 ? " thread" : " threads")
      << ", the best of several rounds; a copy is of one array)\n\n"
      << "Ryan Lin, \"The Shortcut in Differentiating the Backwards Pass in Batch Normalization\" (2021), the article\n"
         "whose ten equations these are (layers/batch_norm.md), says of the last that it is \"~3-10x faster\"\n"
         "than the staged form.\n";
  judge("The algebra alone (simplified: the equation array by array, as the article writes it)", measurements,
        &BatchNormTimes::simplified);
  judge("The algebra, and what it leaves fused into two sweeps over memory (the layer's own)", measurements,
        &BatchNormTimes::fused);
}

int run(int argc, char** argv) {
  const Options options = parse_options(argc, argv);
  const Batch batch = random_batch(options);
  std::cout
      << "The backward of batch normalization, equation by equation. The numbers in brackets are those of\n"
         "layers/batch_norm.md, where each step is explained.\n\n"
      << "A batch of " << options.n << " samples with " << options.c << " features, epsilon "
      << gradus::examples::format_number(options.eps) << ", in double. Differences are in units of the feature's\n"
      << "largest |dx|, the worst feature counts. \"tape\" is the gradient that the library finds by itself when\n"
      << "the forward is composed from operations, \"numeric\" the central difference.\n\n";
  stop_at(compare_equations(batch, std::cout));
  std::cout << "All forms agree: to " << kTolerance << " with each other and the tape, to " << kNumericTolerance
            << " with central differences.\n\n"
            << "What a correct backward obeys\n\n";
  stop_at(check_invariants(batch, std::cout));
  if (options.no_timing) return 0;
  std::cout << "\nWhat the derivation was good for\n\n";
  measure();
  return 0;
}

}  // namespace
}  // namespace batchnorm_derivation

int main(int argc, char** argv) { return gradus::examples::run_program(argc, argv, batchnorm_derivation::run); }
