// Learns from a list of words which letter follows which, and invents words. The training step is Training::step.
#include <gradus/core/error.h>
#include <gradus/core/kernels/parallel.h>
#include <gradus/examples/command_line/format.h>
#include <gradus/examples/command_line/interrupt.h>
#include <gradus/examples/command_line/output_file.h>
#include <gradus/examples/command_line/program.h>
#include <gradus/examples/command_line/progress.h>
#include <gradus/examples/names/report.h>
#include <gradus/examples/names/training.h>
#include <gradus/examples/names/weights.h>

#include <chrono>
#include <iostream>
#include <set>

namespace gradus::examples {
namespace {

struct Start {
  Options options;
  std::optional<Checkpoint> checkpoint;
  std::optional<Weights> weights;
  std::optional<Alphabet> alphabet;  // of the checkpoint or the weights
};

// The options, and the file on which they depend.
Start begin(int argc, char** argv) {
  Start start = {parse_options(argc, argv), {}, {}, {}};
  Options& options = start.options;
  if (const std::string name = options.load; !name.empty()) {
    start.weights = load_weights(name);
    start.alphabet = start.weights->alphabet;
    options = parse_options(argc, argv, "--model=" + name_of(start.weights->kind));
    if (options.model != start.weights->kind) {
      throw UsageError("--model", name + " is of the other, " + name_of(start.weights->kind));
    }
  }
  if (const std::string name = options.resume; !name.empty()) {
    start.checkpoint = load_checkpoint(name);
    try {
      const std::string& there = require(start.checkpoint->metadata, "configuration");
      start.alphabet = Alphabet(require(start.checkpoint->metadata, "alphabet"));
      options = parse_options(argc, argv, there + " --steps=" + require(start.checkpoint->metadata, "steps"));
      if (configuration(options) != there) {
        throw std::runtime_error("is of another training: " + there + "; here " + configuration(options));
      }
    } catch (const std::exception& error) {
      throw std::runtime_error(name + ": " + error.what());
    }
  }
  check_outputs(options);
  return start;
}

// Side by side in lines; those of the list with a star.
std::string invented_text(const std::vector<Word>& words, const Words& list) {
  const std::set<Word> known = [&] {
    std::set<Word> all(list.training.begin(), list.training.end());
    all.insert(list.held_out.begin(), list.held_out.end());
    return all;
  }();
  std::string names;
  for (const Word& word : words) names += list.alphabet.spell(word) + (known.contains(word) ? "* " : " ");
  std::string result = text("\n", words.size(), " invented words; those with * are in the list:\n");
  for (const std::string& line : wrap(names, 90)) result += "  " + line + '\n';
  return result;
}

int names(int argc, char** argv) {
  const auto began = std::chrono::steady_clock::now();
  const auto seconds = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count(); };
  const Start start = begin(argc, argv);
  const Options& options = start.options;
  set_threads(options.threads);
  if (options.only_sample) {
    Rng rng(options.seed);
    const auto net = make_net(options.model, start.alphabet->size(), rng);
    start.weights->put_into(*net);
    for (const Word& word : invent(*net, options.model, options.sample, options.seed)) {
      std::cout << start.alphabet->spell(word) << '\n';
    }
    return 0;
  }

  const Words words =
      load_words(options.data.empty() ? GRADUS_NAMES : options.data, start.alphabet ? &*start.alphabet : nullptr);
  Training training(options, words);
  if (start.weights) start.weights->put_into(training.net());
  if (start.checkpoint) training.restore(*start.checkpoint, options.resume);
  std::optional<LineFile> metrics;
  if (!options.metrics.empty()) metrics.emplace(options.metrics);
  if (metrics) {
    for (const std::string& line : training.history()) metrics->write_line(line);
  }
  Progress progress(progress_mode(options.quiet));
  progress.line(training.describe());
  const std::int64_t first = training.steps();
  if (start.checkpoint) progress.line(text(options.resume, ": goes on after step ", first));

  const std::size_t known = training.history().size();
  const auto report = [&] {
    const Report r = training.report();
    if (metrics && training.history().size() > known) metrics->write_line(r.json);
    return r;
  };
  const InterruptHandler interrupt;
  const double ready = seconds();
  std::optional<Report> last;
  while (training.steps() < options.steps) {
    if (interrupt.requested()) {
      progress.line(text("\ninterrupted after step ", training.steps(), " and ", format_duration(seconds())));
      if (training.saved_step() > 0) {
        progress.line(text("--resume ", options.checkpoint, " goes on after step ", training.saved_step()));
      }
      return kInterruptedExitCode;
    }
    training.step();
    const auto left = [&] {
      const auto done = static_cast<double>(training.steps() - first);
      return format_duration((seconds() - ready) / done * static_cast<double>(options.steps - training.steps()));
    };
    progress.live([&] { return text("step ", training.steps(), '/', options.steps, "   ", left(), " left"); });
    if (!training.report_due()) continue;
    last = report();
    progress.line(text("step ", last->step, '/', options.steps, "   loss ", format_fixed(last->batch_loss, 4),
                       "   held out ", format_fixed(last->held_out_loss, 4), "   ", left(), " left"));
  }
  if (!last) last = report();
  progress.line(text("\nheld-out loss ", format_fixed(last->held_out_loss, 4), " nats a letter, ",
                     format_duration(seconds()), " in all"));
  if (!options.save.empty()) save_weights(options.save, training.net(), options.model, words.alphabet);
  const std::vector<Word> invented = invent(training.net(), options.model, options.sample, options.seed);
  if (!invented.empty()) progress.line(invented_text(invented, words));
  if (options.report.empty()) return 0;
  write_report(options, words, training, invented);
  progress.line(text(options.report, " shows the net at work: open it in a browser"));
  return 0;
}

}  // namespace
}  // namespace gradus::examples

int main(int argc, char** argv) { return gradus::examples::run_program(argc, argv, gradus::examples::names); }
