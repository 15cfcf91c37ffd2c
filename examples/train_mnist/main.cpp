// Trains an MLP on MNIST. The training loop itself is Training::train_epoch.
#include <gradus/core/parallel.h>
#include <gradus/examples/support/format.h>
#include <gradus/examples/support/output_file.h>
#include <gradus/examples/support/program.h>
#include <gradus/examples/train_mnist/training.h>

#include <chrono>
#include <optional>

namespace gradus::examples {
namespace {

EpochReport report(const EpochMetrics& m, const Options& options, const Progress& progress) {
  return {.epoch = m.epoch,
          .epochs = options.dry_run ? 1 : options.epochs,
          .samples_per_second = m.samples_per_second,
          .train_loss = m.train_loss,
          .train_accuracy = m.train_accuracy,
          .held_out = m.held_out,
          .held_out_loss = m.evaluation.loss,
          .held_out_accuracy = m.evaluation.accuracy(),
          .train_seconds = m.train_seconds,
          .seconds_left = progress.seconds_left()};
}

std::string result_text(const EpochMetrics& m, double seconds) {
  return "\n" + m.held_out + " accuracy " + format_percent(m.evaluation.accuracy()) + " (" +
         std::to_string(m.evaluation.correct) + " of " + std::to_string(m.evaluation.count) + "), loss " +
         format_fixed(m.evaluation.loss, 4) + ", " + format_duration(seconds) + " in all\n\n" +
         confusion_text(m.evaluation);
}

int train_mnist(int argc, char** argv) {
  const auto start = std::chrono::steady_clock::now();
  const Options options = parse_options(argc, argv);
  const auto seconds = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); };
  set_threads(options.threads);

  const Dataset data = load_dataset(options.data_dir.empty() ? default_data_dir() : options.data_dir);
  Training training(options, data);
  std::optional<LineFile> metrics_file;
  if (!options.metrics.empty()) metrics_file.emplace(options.metrics);
  Progress progress(progress_mode(options.quiet));
  progress.line(training.describe());

  const InterruptHandler interrupt;
  const std::int64_t epochs = options.dry_run ? std::min<std::int64_t>(1, options.epochs) : options.epochs;
  std::optional<EpochMetrics> last;
  if (epochs == 0) {
    last = training.evaluate_only();
    if (metrics_file) metrics_file->write_line(last->json());
  }
  progress.begin_training(epochs);
  for (std::int64_t epoch = 1; epoch <= epochs; ++epoch) {
    EpochMetrics metrics;
    if (!training.run_epoch(progress, interrupt, metrics)) {
      progress.line("\ninterrupted in epoch " + std::to_string(epoch) + ", after " + format_duration(seconds()));
      if (last) progress.line("as of epoch " + std::to_string(last->epoch) + ":" + result_text(*last, seconds()));
      return kInterruptedExitCode;
    }
    progress.line(epoch_text(report(metrics, options, progress)));
    if (metrics_file) metrics_file->write_line(metrics.json());
    last = metrics;
  }
  progress.line(result_text(*last, seconds()));
  return 0;
}

}  // namespace
}  // namespace gradus::examples

int main(int argc, char** argv) { return gradus::examples::run_program(argc, argv, gradus::examples::train_mnist); }
