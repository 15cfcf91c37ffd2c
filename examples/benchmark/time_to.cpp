#include <gradus/core/kernels/parallel.h>
#include <gradus/examples/benchmark/benchmarks.h>
#include <gradus/examples/benchmark/measure.h>
#include <gradus/examples/benchmark/workload.h>
#include <gradus/examples/data/mnist.h>
#include <gradus/examples/train_mnist/training.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>

namespace gradus::examples {
namespace {

struct Goal {
  double accuracy;
  std::string recipe;  // of train_mnist, chosen on training images that were held out
};

Options parse(const std::string& recipe) {
  std::istringstream in("train_mnist " + recipe);
  const std::vector<std::string> words{std::istream_iterator<std::string>(in), {}};
  std::vector<const char*> arguments;
  for (const std::string& word : words) arguments.push_back(word.c_str());
  return parse_options(static_cast<int>(arguments.size()), arguments.data());
}

struct Result {
  double seconds = 0, accuracy = 0;
  std::int64_t epochs = 0, images = 0;
};

// Trains until the goal is reached or the recipe ends.
Result train(const Goal& goal, const Options& options) {
  const double start = now();
  const Dataset data = load_mnist(options.data_dir);
  Training training(options, data);
  Result run = {.seconds = now() - start};
  Progress progress(progress_mode(true));
  const InterruptHandler interrupt;
  while (run.accuracy < goal.accuracy && run.epochs < options.epochs) {
    EpochMetrics metrics;
    if (!training.run_epoch(progress, interrupt, metrics)) throw std::runtime_error("interrupted");
    run.seconds += metrics.train_seconds;
    run.accuracy = metrics.evaluation.accuracy();
    ++run.epochs;
    run.images += data.train.count;
  }
  return run;
}

// Of training on one image.
double flop_of_image(const Options& options) {
  Rng rng(1);
  Sequential model = make_model(options, {28, 28}, 10, rng);
  Tape tape;
  const std::vector<std::int32_t> label = {0, 1};
  cross_entropy(model(tape.input(Tensor::zeros({2, 784}))), label);
  return flop(tape) / 2;
}

}  // namespace

void benchmark_time_to(LineFile* json) {
  const std::vector<Goal> goals = {
      {0.98, "--hidden 256,128 --dropout 0 --label-smoothing 0 --lr 0.01 --epochs 3"},
      {0.99, "--model cnn --epochs 1"},
  };
  const double peak = fma_peak() * 1e9 * threads();
  std::printf("seconds until a share of MNIST's test images is recognized, %d thread(s)\n", threads());
  for (const Goal& goal : goals) {
    std::printf("%.0f %%: train_mnist %s\n", 100 * goal.accuracy, goal.recipe.c_str());
    Options options = parse(goal.recipe);
    const double image_flop = flop_of_image(options);
    std::vector<double> seconds;
    double flops = 0;
    for (options.seed = 1; options.seed <= 5; ++options.seed) {
      const Result run = train(goal, options);
      const bool reached = run.accuracy >= goal.accuracy;
      flops = static_cast<double>(run.images) * image_flop;
      std::printf("  seed %d: %5.2f s, %d epoch(s), %.2f %%%s\n", static_cast<int>(options.seed), run.seconds,
                  static_cast<int>(run.epochs), 100 * run.accuracy, reached ? "" : ": not reached");
      std::fflush(stdout);
      write(json, {{"goal", goal.accuracy},
                   {"seed", options.seed},
                   {"seconds", run.seconds},
                   {"epochs", run.epochs},
                   {"accuracy", run.accuracy},
                   {"flop", flops},
                   {"of_peak", flops / run.seconds / peak}});
      if (reached) seconds.push_back(run.seconds);
    }
    if (seconds.empty()) continue;
    std::ranges::sort(seconds);
    const double median = seconds[seconds.size() / 2];
    std::printf("  %d of 5 reached it: median %.2f s (%.2f to %.2f); the last took %.0f GFLOP\n",
                static_cast<int>(seconds.size()), median, seconds.front(), seconds.back(), flops * 1e-9);
  }
}

}  // namespace gradus::examples
