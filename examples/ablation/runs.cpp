#include <gradus/examples/ablation/runs.h>
#include <gradus/examples/train_mnist/training.h>

#include <algorithm>
#include <chrono>

namespace gradus::examples {
namespace {

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

ImageSet first(const ImageSet& images, std::int64_t count) {
  ImageSet few = images;
  few.count = std::min(count, images.count);
  few.pixels.resize(static_cast<std::size_t>(few.count * images.image_size()));
  few.labels.resize(static_cast<std::size_t>(few.count));
  return few;
}

}  // namespace

std::optional<Result> run(const Variant& variant, std::uint64_t seed, const Dataset& data,
                          const InterruptHandler& interrupt, const std::function<void(std::int64_t)>& after_epoch) {
  const Clock::time_point start = Clock::now();
  Options options = variant.options;
  options.seed = seed;
  Training training(options, data);
  initialize(training.model(), variant, seed);
  Progress silent(ProgressMode::quiet);
  Result result{.name = variant.name, .key = key(variant, seed), .data = {}, .seed = seed};
  while (training.epoch() < options.epochs) {
    EpochMetrics metrics;
    try {
      if (!training.run_epoch(silent, interrupt, metrics)) return std::nullopt;
    } catch (const std::runtime_error& error) {  // numbers that are not finite: it writes no file that could fail
      result.failure = error.what();
      break;
    }
    result.train_loss.push_back(metrics.train_loss);
    result.train_accuracy.push_back(metrics.train_accuracy);
    result.held_out_loss.push_back(metrics.evaluation.loss);
    result.held_out_accuracy.push_back(metrics.evaluation.accuracy());
    after_epoch(training.epoch());
  }
  result.seconds = seconds_since(start);
  return result;
}

double estimated_seconds(const Variant& variant, const Dataset& data, const InterruptHandler& interrupt) {
  Options options = variant.options;
  const double train = static_cast<double>(data.train.count - options.validation);
  const double held_out = static_cast<double>(options.validation);
  constexpr std::int64_t steps = 20;
  options.validation = std::min<std::int64_t>(options.validation, 1000);
  options.epochs = 2;         // the first pass is slower: nothing is in its place yet
  options.learning_rate = 0;  // a recipe that diverges is to be measured, too
  const Dataset few = {first(data.train, steps * options.batch_size + options.validation), first(data.test, 1)};
  Training training(options, few);
  Progress silent(ProgressMode::quiet);
  EpochMetrics metrics;
  const Clock::time_point start = Clock::now();
  double before = 0;
  for (int pass = 0; pass < 2; ++pass) {
    before = seconds_since(start);
    if (!training.run_epoch(silent, interrupt, metrics)) return 0;
  }
  const double evaluation = seconds_since(start) - before - metrics.train_seconds;
  const double few_images = static_cast<double>(few.train.count - options.validation);
  const double epoch =
      metrics.train_seconds * train / few_images + evaluation * held_out / static_cast<double>(options.validation);
  return epoch * static_cast<double>(variant.options.epochs);
}

}  // namespace gradus::examples
