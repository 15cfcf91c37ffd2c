#include <gradus/core/error.h>
#include <gradus/core/io/file.h>
#include <gradus/core/io/json.h>
#include <gradus/core/kernels/parallel.h>
#include <gradus/examples/command_line/arguments.h>
#include <gradus/examples/command_line/format.h>
#include <gradus/examples/names/options.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <sstream>

namespace gradus::examples::letters {
namespace {

const std::vector<std::pair<std::string, NetKind>> nets = {{"mlp", NetKind::mlp}, {"gpt", NetKind::gpt}};
const std::vector<std::pair<std::string, OptimizerKind>> optimizers = {{"sgd", OptimizerKind::sgd},
                                                                       {"adam", OptimizerKind::adam},
                                                                       {"adamw", OptimizerKind::adamw},
                                                                       {"rmsprop", OptimizerKind::rmsprop},
                                                                       {"muon", OptimizerKind::muon}};

template <class Kind>
const std::string& word_of(const std::vector<std::pair<std::string, Kind>>& kinds, Kind kind) {
  return std::ranges::find(kinds, kind, &std::pair<std::string, Kind>::second)->first;
}

// The flags, and the options that they set.
struct CommandLine {
  CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  void parse(const std::vector<std::string>& words);

  Options o;
  Arguments arguments;
};

CommandLine::CommandLine()
    : arguments("names",
                "Learns from a list of words, such as the 8,403 first names that came with the program, which letter "
                "follows which, and invents words of its own.") {
  o.threads = usable_threads();
  arguments.section("Data and net");
  arguments.add("--data", "FILE", "one word per line, in UTF-8; every tenth is held out; without it, first names",
                o.data);
  arguments.add_choice("--model", "mlp sees the last 3 letters; gpt, a small transformer, the last 16", o.model, nets);
  arguments.section("Training");
  arguments.add("--steps", "N", "steps of training; 0 only evaluates; without it, 100000 for mlp", o.steps,
                range(0, 1e12));
  arguments.add("--batch-size", "N", "examples per step: for mlp a letter with the 3 before it, for gpt a word",
                o.batch_size, range(1, 1 << 20));
  arguments.add_choice("--optimizer", "the rule that turns gradients into steps; without it, sgd for mlp", o.optimizer,
                       optimizers);
  arguments.add("--lr", "X", "learning rate; without it, 0.1 for sgd and 0.02 for muon", o.learning_rate, above(0));
  arguments.add("--seed", "N", "of everything random", o.seed);
  arguments.add("--threads", "N", "threads; results do not depend on it", o.threads, range(1, 1024));
  arguments.section("Files");
  arguments.add("--load", "FILE", "start from these weights (safetensors, as --save writes them)", o.load);
  arguments.add("--save", "FILE", "write the trained weights there, with the alphabet", o.save);
  arguments.add("--pytorch", "FILE",
                "write the net and its recipe as a PyTorch program (Python), for many processes and machines",
                o.pytorch);
  arguments.add("--checkpoint", "FILE", "write there what is needed to go on, 20 times during the training",
                o.checkpoint);
  arguments.add("--resume", "FILE", "go on from a checkpoint; flags not given are those it was made with", o.resume);
  arguments.add("--metrics", "FILE", "write a line of JSON there, 20 times during the training", o.metrics);
  arguments.add("--report", "FILE", "write a page there that shows the net at work (HTML, for a browser)", o.report);
  arguments.section("Output");
  arguments.add("--sample", "N", "words to invent at the end; with --load, invent them and do nothing else", o.sample,
                range(0, 1e6));
  arguments.add_flag("--quiet", "print nothing but what --load and --sample together ask for", o.quiet);
}

void CommandLine::parse(const std::vector<std::string>& words) {
  std::vector<const char*> argv = {"names"};
  for (const std::string& word : words) argv.push_back(word.c_str());
  arguments.parse(static_cast<int>(argv.size()), argv.data());
  const bool is_mlp = o.model == NetKind::mlp;
  if (is_mlp && !arguments.given("--steps")) o.steps = 100000;
  if (is_mlp && !arguments.given("--optimizer")) o.optimizer = OptimizerKind::sgd;
  if (!arguments.given("--lr")) {
    if (o.optimizer == OptimizerKind::sgd) o.learning_rate = 0.1;
    if (o.optimizer == OptimizerKind::muon) o.learning_rate = 0.02;
  }
  o.only_sample = !o.load.empty() && arguments.given("--sample");
  if (is_mlp && o.batch_size == 1) throw UsageError("--batch-size", "batch normalization needs at least 2 a step");
  if (!o.load.empty() && !o.resume.empty()) {
    throw UsageError("--load", "a checkpoint has its own weights, so --resume does not go with it");
  }
  if (!o.pytorch.empty() && o.optimizer == OptimizerKind::muon) {
    throw UsageError("--pytorch", "PyTorch's Muon is another one, for matrices alone: choose another --optimizer");
  }
  for (const std::string& file : {o.save, o.pytorch, o.checkpoint, o.metrics, o.report}) {
    if (o.only_sample && !file.empty()) throw UsageError("--sample", "with --load it only invents, and writes no file");
  }
}

}  // namespace

Options parse_options(int argc, const char* const* argv, const std::string& inherited) {
  std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  CommandLine as_given, merged;
  as_given.parse(words);
  std::istringstream in(inherited);
  for (std::string word; in >> word;) {
    if (!as_given.arguments.given(word.substr(0, word.find('=')))) words.insert(words.begin(), word);
  }
  merged.parse(words);
  return merged.o;
}

std::string name_of(NetKind kind) { return word_of(nets, kind); }

std::string configuration(const Options& o) {
  return text("--model=", name_of(o.model), " --batch-size=", o.batch_size,
              " --optimizer=", word_of(optimizers, o.optimizer), " --lr=", JsonText(o.learning_rate).str(),
              " --seed=", o.seed);
}

void check_outputs(const Options& o) {
  std::set<std::filesystem::path> targets;
  for (const auto& [flag, file] :
       {std::pair("--save", o.save), std::pair("--pytorch", o.pytorch), std::pair("--checkpoint", o.checkpoint),
        std::pair("--metrics", o.metrics), std::pair("--report", o.report)}) {
    if (file.empty()) continue;
    check_writable(file);
    const std::filesystem::path target = std::filesystem::weakly_canonical(file);
    if (std::filesystem::exists(target) && !std::filesystem::is_regular_file(target)) continue;  // a device or pipe
    if (!targets.insert(target).second) throw UsageError(flag, "names a file that another flag names too");
  }
}

std::string describe(const Options& o) {
  return text(name_of(o.model), ": ", format_count(static_cast<double>(o.steps)), " steps of ", o.batch_size,
              o.model == NetKind::mlp ? " letters, " : " words, ", word_of(optimizers, o.optimizer), " at ",
              format_number(o.learning_rate), ", seed ", o.seed, ", ", o.threads,
              o.threads == 1 ? " thread" : " threads");
}

}  // namespace gradus::examples::letters
