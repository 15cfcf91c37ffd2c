// Learns from a list of words which letter follows which, and invents words. The training step is Training::step.
#include <gradus/core/error.h>
#include <gradus/core/io/file.h>
#include <gradus/core/kernels/parallel.h>
#include <gradus/examples/command_line/format.h>
#include <gradus/examples/command_line/interrupt.h>
#include <gradus/examples/command_line/output_file.h>
#include <gradus/examples/command_line/program.h>
#include <gradus/examples/command_line/progress.h>
#include <gradus/examples/names/pytorch.h>
#include <gradus/examples/names/report.h>
#include <gradus/examples/names/training.h>
#include <gradus/examples/names/weights.h>
#include <gradus/examples/pages/page.h>
#include <gradus/examples/training/state.h>

#include <chrono>
#include <iostream>
#include <set>

namespace gradus_examples {
PageFiles first_names();  // data/names.txt, in the program
}

namespace gradus::examples::letters {
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
      StateDict state = start.checkpoint->state;
      options = parse_options(argc, argv, text(there, " --steps=", take<std::int64_t>(state, "steps")));
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
  std::set<Word> known(list.training.begin(), list.training.end());
  known.insert(list.held_out.begin(), list.held_out.end());
  std::string names;
  for (const Word& word : words) names += list.alphabet.spell(word) + (known.contains(word) ? "* " : " ");
  std::string result = text("\n", words.size(), " invented words; those with * are in the list:\n");
  for (const std::string& line : wrap(names, 90)) result += "  " + line + '\n';
  return result;
}

// --load and --sample: the invented words are what was asked for, one a line.
int only_sample(const Start& start) {
  Rng rng(start.options.seed);
  const auto net = make_net(start.options.model, start.alphabet->size(), rng);
  start.weights->put_into(*net);
  for (const Word& word : invent(*net, start.options.model, start.options.sample, start.options.seed)) {
    std::cout << start.alphabet->spell(word) << '\n';
  }
  return 0;
}

// To the end, with a line for people and one of metrics now and then. Returns false if it was interrupted.
bool train(const Options& options, Training& training, Progress& progress, LineFile* metrics) {
  const InterruptHandler interrupt;
  const auto start = std::chrono::steady_clock::now();
  const std::int64_t first = training.steps();
  const auto how_far = [&](const std::string& losses) {
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    const std::int64_t done = training.steps() - first, left = options.steps - training.steps();
    const double seconds_left = seconds.count() / static_cast<double>(done) * static_cast<double>(left);
    return text("step ", training.steps(), '/', options.steps, losses,
                left > 0 ? "   " + format_duration(seconds_left) + " left" : "");
  };
  while (training.steps() < options.steps) {
    if (interrupt.requested()) return false;
    training.step();
    progress.live([&] { return how_far(""); });
    if (!training.report_due()) continue;
    const Report r = training.report();
    if (metrics) metrics->write_line(training.history().back());
    progress.line(how_far(
        text("   loss ", format_fixed(r.batch_loss, 4), "   held-out loss ", format_fixed(r.held_out_loss, 4))));
  }
  return true;
}

int names(int argc, char** argv) {
  const auto began = std::chrono::steady_clock::now();
  const Start start = begin(argc, argv);
  const Options& options = start.options;
  set_threads(options.threads);
  if (options.only_sample) return only_sample(start);

  const bool own = !options.data.empty();
  const Words words = read_words(own ? read_file(options.data) : std::string(first_names()[0].content),
                                 own ? options.data : "the first names", start.alphabet);
  Training training(options, words);
  if (start.weights) start.weights->put_into(training.net());
  if (start.checkpoint) training.restore(*start.checkpoint, options.resume);
  std::optional<LineFile> metrics;
  if (!options.metrics.empty()) metrics.emplace(options.metrics);
  if (training.steps() == options.steps) training.report();  // nothing to train
  if (metrics) {
    for (const std::string& line : training.history()) metrics->write_line(line);
  }
  Progress progress(progress_mode(options.quiet));
  progress.line(training.describe());
  if (start.checkpoint) progress.line(text(options.resume, ": goes on after step ", training.steps(), '\n'));

  if (!train(options, training, progress, metrics ? &*metrics : nullptr)) {
    progress.line(text("\ninterrupted after step ", training.steps()));
    if (const std::int64_t step = training.saved_step(); step > 0) {
      progress.line(text("--resume ", options.checkpoint, " goes on after step ", step));
    }
    return kInterruptedExitCode;
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - began;
  progress.line(text("\nheld-out loss ", format_fixed(training.held_out_loss(), 4), " nats a letter, ",
                     format_duration(seconds.count()), " in all"));
  if (!options.save.empty()) save_weights(options.save, training.net(), options.model, words.alphabet);
  if (!options.pytorch.empty()) write_file(options.pytorch, pytorch_program(options, words.alphabet));
  const std::vector<Word> invented = invent(training.net(), options.model, options.sample, options.seed);
  if (!invented.empty()) progress.line(invented_text(invented, words));
  if (options.report.empty()) return 0;
  write_report(options, words, training, invented);
  progress.line(text(options.report, " shows the net at work: open it in a browser"));
  return 0;
}

}  // namespace
}  // namespace gradus::examples::letters

int main(int argc, char** argv) { return gradus::examples::run_program(argc, argv, gradus::examples::letters::names); }
