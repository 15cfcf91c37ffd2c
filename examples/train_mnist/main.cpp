// Trains an MLP on MNIST. The training loop itself is Training::train_epoch.
#include <gradus/core/error.h>
#include <gradus/core/kernels/parallel.h>
#include <gradus/examples/command_line/format.h>
#include <gradus/examples/command_line/output_file.h>
#include <gradus/examples/command_line/program.h>
#include <gradus/examples/data/mnist.h>
#include <gradus/examples/train_mnist/training.h>

#include <chrono>
#include <optional>

namespace gradus::examples {
namespace {

std::string result_text(const EpochMetrics& m, double seconds) {
  return "\n" + m.held_out + " accuracy " + format_percent(m.evaluation.accuracy()) + " (" +
         std::to_string(m.evaluation.correct) + " of " + std::to_string(m.evaluation.count) + "), loss " +
         format_fixed(m.evaluation.loss, 4) + ", " + format_duration(seconds) + " in all\n\n" +
         confusion_text(m.evaluation);
}

std::string report_text(const Options& options) {
  if (options.report.empty()) return "\n--report FILE writes a page that shows how the training went";
  return text("\n", options.report, " shows how the training went: open it in a browser");
}

// The options, and with --resume the checkpoint, on which they depend.
std::pair<Options, std::optional<Checkpoint>> begin(int argc, char** argv) {
  Options options = parse_options(argc, argv);
  std::optional<Checkpoint> checkpoint;
  if (!options.resume.empty()) {
    checkpoint = load_checkpoint(options.resume);
    options = resume_options(argc, argv, configuration_of(*checkpoint, options.resume), options.resume);
  }
  check_outputs(options);
  return {options, checkpoint};
}

int train_mnist(int argc, char** argv) {
  const auto start = std::chrono::steady_clock::now();
  const auto seconds = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); };
  const auto [options, checkpoint] = begin(argc, argv);
  set_threads(options.threads);

  const Dataset data = load_mnist(options.data_dir);
  Training training(options, data);
  if (checkpoint) training.restore(*checkpoint, options.resume);
  if (!options.load.empty()) training.load(options.load);
  std::optional<LineFile> metrics_file;
  if (!options.metrics.empty()) metrics_file.emplace(options.metrics);
  const auto write_metrics = [&](const std::string& line) {
    if (metrics_file) metrics_file->write_line(line);
  };
  for (const std::string& line : training.history) write_metrics(line);
  Progress progress(progress_mode(options.quiet));
  progress.line(training.describe());
  if (checkpoint) progress.line(text(options.resume, ": goes on after epoch ", training.epoch(), "\n"));

  training.begin_report();
  const InterruptHandler interrupt;
  const std::int64_t epochs = options.dry_run ? std::min<std::int64_t>(1, options.epochs) : options.epochs;
  std::optional<EpochMetrics> last;
  if (training.epoch() == epochs) {
    last = training.evaluate_only();
    if (epochs == 0) write_metrics(last->json());
  }
  progress.begin_training(epochs, training.epoch());
  while (training.epoch() < epochs) {
    EpochMetrics metrics;
    if (!training.run_epoch(progress, interrupt, metrics)) {
      progress.line(text("\ninterrupted in epoch ", metrics.epoch, ", after ", format_duration(seconds())));
      if (last) progress.line(text("as of epoch ", last->epoch, ":", result_text(*last, seconds())));
      if (last && !options.checkpoint.empty()) {
        progress.line(text("--resume ", options.checkpoint, " goes on after epoch ", last->epoch));
      }
      training.write_report(Ending::interrupted);
      if (!options.report.empty()) progress.line(report_text(options));
      return kInterruptedExitCode;
    }
    progress.line(epoch_text(metrics));
    training.history.push_back(metrics.json());
    write_metrics(metrics.json());
    training.save_checkpoint();
    last = metrics;
  }
  progress.line(result_text(*last, seconds()));
  if (!options.save.empty()) training.save(options.save);
  if (!options.onnx.empty()) training.save_onnx(options.onnx);
  if (!options.pytorch.empty()) training.save_pytorch(options.pytorch);
  training.write_report(Ending::finished);
  progress.line(report_text(options));
  return 0;
}

}  // namespace
}  // namespace gradus::examples

int main(int argc, char** argv) { return gradus::examples::run_program(argc, argv, gradus::examples::train_mnist); }
