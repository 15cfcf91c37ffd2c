#include <gradus/core/error.h>
#include <gradus/core/io/json.h>
#include <gradus/core/kernels/parallel.h>
#include <gradus/examples/command_line/arguments.h>
#include <gradus/examples/command_line/format.h>
#include <gradus/examples/command_line/output_file.h>
#include <gradus/examples/train_mnist/options.h>

#include <algorithm>
#include <sstream>

namespace gradus::examples {
namespace {

const std::vector<std::pair<std::string, ModelKind>> models = {{"mlp", ModelKind::mlp}, {"cnn", ModelKind::cnn}};
const std::vector<std::pair<std::string, OptimizerKind>> optimizers = {{"sgd", OptimizerKind::sgd},
                                                                       {"adam", OptimizerKind::adam},
                                                                       {"adamw", OptimizerKind::adamw},
                                                                       {"rmsprop", OptimizerKind::rmsprop},
                                                                       {"muon", OptimizerKind::muon}};
const std::vector<std::pair<std::string, ScheduleKind>> schedules = {{"constant", ScheduleKind::constant},
                                                                     {"step", ScheduleKind::step},
                                                                     {"cosine", ScheduleKind::cosine},
                                                                     {"one-cycle", ScheduleKind::one_cycle}};

template <class Kind>
const std::string& name_of(const std::vector<std::pair<std::string, Kind>>& kinds, Kind kind) {
  return std::ranges::find(kinds, kind, &std::pair<std::string, Kind>::second)->first;
}

// What the options are where no flag says otherwise, by model.
void set_defaults(ModelKind model, Options& o) {
  o.model = model;
  if (model == ModelKind::mlp) return;
  o.channels = {16, 32, 64};
  o.hidden = {};
  o.dropout = 0;
  o.epochs = 12;
  o.batch_size = 64;
}

// The flags, and the options that they set.
struct CommandLine {
  explicit CommandLine(ModelKind model);
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  void parse(const std::vector<std::string>& words);
  void check() const;  // what does not go together

  Options o;
  Arguments arguments;
};

CommandLine::CommandLine(ModelKind model)
    : arguments("train_mnist",
                "Trains a multilayer perceptron or a small convolutional net with batch normalization on MNIST, or on "
                "any data set of IDX files like its own, and tests it after every epoch.") {
  set_defaults(model, o);
  o.threads = usable_threads();
  arguments.section("Data");
  arguments.add("--data-dir", "DIR", "folder of the four IDX files; without it, the MNIST that came with the program",
                o.data_dir);
  arguments.add("--validation", "N",
                "hold the last N training images out and report on them instead of the test set, for tuning",
                o.validation, at_least(0));
  arguments.add_flag("--augment",
                     "move, turn, scale and bend every training image, differently in every epoch; the perceptron then "
                     "has no dropout and 40 epochs, unless told otherwise",
                     o.augment);
  arguments.section("Network");
  arguments.add_choice("--model",
                       "a multilayer perceptron or a convolutional net; each has a recipe of its own, which "
                       "sets the other defaults",
                       o.model, models);
  arguments.add("--channels", "N,N,...",
                "for cnn: for each of these a block of conv 3x3, batch normalization, ReLU and pooling by 2; 16,32,64",
                o.channels, or_none(range(1, 4096)));
  arguments.add("--hidden", "N,N,...", "sizes of the hidden layers; \"\" for none", o.hidden, or_none(range(1, 65536)));
  arguments.add_flag("--no-bn", "no batch normalization", o.no_bn);
  arguments.add("--dropout", "P", "probability to drop a hidden unit", o.dropout, range_below(0, 1));
  arguments.section("Training");
  arguments.add("--epochs", "N", "passes over the training set; 0 only evaluates", o.epochs, range(0, 1000000));
  arguments.add("--batch-size", "N", "images per step", o.batch_size, range(1, 1 << 24));
  arguments.add_choice("--optimizer", "the rule that turns gradients into steps", o.optimizer, optimizers);
  arguments.add("--lr", "X", "the highest learning rate; without it, what suits the optimizer", o.learning_rate,
                above(0));
  arguments.add("--momentum", "X", "for sgd", o.momentum, range_below(0, 1));
  arguments.add("--weight-decay", "X", "of weights; batch normalization and biases have none", o.weight_decay,
                at_least(0));
  arguments.add("--label-smoothing", "X", "share of the target spread over all classes", o.label_smoothing,
                range(0, 1));
  arguments.add_choice("--schedule", "of the learning rate", o.schedule, schedules);
  arguments.add("--warm-up", "STEPS", "steps over which the rate first rises", o.warm_up, at_least(0));
  arguments.add("--clip-norm", "X", "scale gradients down to this norm; 0 for never", o.clip_norm, at_least(0));
  arguments.add("--seed", "N", "of everything random", o.seed);
  arguments.add("--threads", "N", "threads; results do not depend on it", o.threads, range(1, 1024));
  arguments.add_flag("--detect-anomaly", "stop at the operation that makes the first number that is not finite",
                     o.detect_anomaly);
  arguments.section("Files");
  arguments.add("--load", "FILE", "start from these weights (safetensors, with PyTorch's keys)", o.load);
  arguments.add("--save", "FILE", "write the trained weights there, in the same form", o.save);
  arguments.add("--onnx", "FILE", "write the trained network for other programs to run (ONNX)", o.onnx);
  arguments.add("--pytorch", "FILE",
                "write the network and its recipe as a PyTorch program (Python), for many processes and machines",
                o.pytorch);
  arguments.add("--checkpoint", "FILE", "write there what is needed to go on, after every epoch", o.checkpoint);
  arguments.add("--resume", "FILE", "go on from a checkpoint; flags not given are those it was made with", o.resume);
  arguments.add("--metrics", "FILE", "write a line of JSON there for each epoch", o.metrics);
  arguments.add("--report", "FILE", "write a page there that shows how the training went (HTML, for a browser)",
                o.report);
  arguments.section("Output");
  arguments.add_flag("--dry-run", "train on one batch, test on one, stop", o.dry_run);
  arguments.add_flag("--quiet", "print nothing", o.quiet);
}

void CommandLine::parse(const std::vector<std::string>& words) {
  std::vector<const char*> argv = {"train_mnist"};
  for (const std::string& word : words) argv.push_back(word.c_str());
  arguments.parse(static_cast<int>(argv.size()), argv.data());
  if (!arguments.given("--lr")) o.learning_rate = default_rate(o);
  if (o.augment && o.model == ModelKind::mlp) {  // it takes longer to learn, and nothing can be learned by heart
    if (!arguments.given("--dropout")) o.dropout = 0;
    if (!arguments.given("--epochs")) o.epochs = 40;
  }
}

void CommandLine::check() const {
  if (o.model == ModelKind::mlp && !o.channels.empty()) {
    throw UsageError("--channels", "are those of a convolutional net: --model cnn");
  }
  if (!o.no_bn && !o.hidden.empty() && o.batch_size == 1) {
    throw UsageError("--batch-size", "batch normalization needs at least 2 images per step (or --no-bn)");
  }
  if (o.dry_run && !(o.checkpoint + o.resume).empty()) {
    throw UsageError("--dry-run", "trains no whole epoch, so there is nothing to checkpoint or resume");
  }
  if (!o.pytorch.empty() && o.optimizer == OptimizerKind::muon) {
    throw UsageError("--pytorch", "PyTorch's Muon is another one, for matrices alone: choose another --optimizer");
  }
  if (!o.pytorch.empty() && o.augment) throw UsageError("--pytorch", "the program would train without --augment");
  if (!o.load.empty() && !o.resume.empty()) {
    throw UsageError("--load", "a checkpoint has its own weights, so --resume does not go with it");
  }
}

std::vector<std::string> words_of(int argc, const char* const* argv) { return {argv + std::min(argc, 1), argv + argc}; }

// The model that the words ask for, which decides about the other defaults.
ModelKind model_in(const std::vector<std::string>& words) {
  CommandLine line(ModelKind::mlp);
  line.parse(words);
  return line.o.model;
}

std::vector<std::string> split(const std::string& configuration) {
  std::vector<std::string> words;
  std::istringstream in(configuration);
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

std::string flag_of(const std::string& word) { return word.substr(0, word.find('=')); }

// The words of `here` that are not in `there`, and the flags that only `there` has: "--hidden=16,8, no --no-bn".
std::string differences(const std::vector<std::string>& here, const std::vector<std::string>& there) {
  std::string text;
  const auto append = [&](const std::string& word) { text += (text.empty() ? "" : ", ") + word; };
  for (const std::string& word : here) {
    if (std::ranges::count(there, word) == 0) append(word);
  }
  for (const std::string& word : there) {
    if (std::ranges::count(here, flag_of(word), flag_of) == 0) append("no " + flag_of(word));
  }
  return text;
}

}  // namespace

Options parse_options(int argc, const char* const* argv) {
  const std::vector<std::string> words = words_of(argc, argv);
  CommandLine line(model_in(words));
  line.parse(words);
  if (line.o.resume.empty()) line.check();  // otherwise when the checkpoint's flags are known too
  return line.o;
}

double default_rate(const Options& o) {
  if (o.model == ModelKind::cnn && o.optimizer == OptimizerKind::adamw) return 0.02;
  switch (o.optimizer) {
    case OptimizerKind::sgd:
      return 0.05;
    case OptimizerKind::muon:
      return 0.02;
    case OptimizerKind::rmsprop:
      return 0.001;
    default:
      return 0.003;
  }
}

std::string configuration(const Options& o) {
  std::string hidden, channels;
  for (const std::int64_t size : o.hidden) hidden += text(hidden.empty() ? "" : ",", size);
  const auto exact = [](double number) { return JsonText(number).str(); };  // the same number again
  for (const std::int64_t size : o.channels) channels += text(channels.empty() ? "" : ",", size);
  const std::string model = o.model == ModelKind::mlp ? "" : text("--model=cnn --channels=", channels, " ");
  return text(model, "--hidden=", hidden, o.no_bn ? " --no-bn" : "", o.augment ? " --augment" : "",
              " --dropout=", exact(o.dropout), " --validation=", o.validation, " --epochs=", o.epochs,
              " --batch-size=", o.batch_size, " --optimizer=", name_of(optimizers, o.optimizer),
              " --lr=", exact(o.learning_rate), " --momentum=", exact(o.momentum),
              " --weight-decay=", exact(o.weight_decay), " --label-smoothing=", exact(o.label_smoothing),
              " --schedule=", name_of(schedules, o.schedule), " --warm-up=", o.warm_up,
              " --clip-norm=", exact(o.clip_norm), " --seed=", o.seed);
}

Options resume_options(int argc, const char* const* argv, const std::string& configuration, const std::string& name) {
  std::vector<std::string> words = words_of(argc, argv), before = split(configuration);
  CommandLine as_given(ModelKind::mlp);
  as_given.parse(words);
  // Only these flags may come from a file: others would let it say what is written where.
  std::vector<std::string> known = split(examples::configuration({}) + " --no-bn --augment --model --channels");
  std::ranges::transform(known, known.begin(), flag_of);
  std::vector<std::string> inherited;
  for (const std::string& word : before) {
    if (std::ranges::count(known, flag_of(word)) == 0)
      throw std::runtime_error(name + ": its configuration has " + word);
    if (!as_given.arguments.given(flag_of(word))) inherited.push_back(word);
  }
  words.insert(words.begin(), inherited.begin(), inherited.end());
  CommandLine merged(ModelKind::mlp);  // the configuration names every option
  try {
    merged.parse(words);
    merged.check();
  } catch (const UsageError& error) {
    throw std::runtime_error(name + ": its configuration does not fit: " + error.what());
  }
  Options options = merged.o;
  std::vector<std::string> now = split(examples::configuration(options));
  if (options.schedule == ScheduleKind::constant) {
    const auto epochs = [](const std::string& word) { return flag_of(word) == "--epochs"; };
    std::erase_if(before, epochs);
    std::erase_if(now, epochs);
  }
  if (const std::string there = differences(before, now), here = differences(now, before); !there.empty()) {
    throw std::runtime_error(name + ": is of another training: " + there + "; here " + here);
  }
  return options;
}

void check_outputs(const Options& o) {
  gradus_examples::check_outputs({{"--metrics", o.metrics},
                                  {"--save", o.save},
                                  {"--onnx", o.onnx},
                                  {"--pytorch", o.pytorch},
                                  {"--checkpoint", o.checkpoint},
                                  {"--report", o.report}});
}

std::string describe(const Options& o) {
  std::string what = text(o.epochs, o.epochs == 1 ? " epoch" : " epochs", " of batches of ", o.batch_size, ", ",
                          name_of(optimizers, o.optimizer), " at ", format_number(o.learning_rate), " (",
                          name_of(schedules, o.schedule), ')');
  if (o.optimizer == OptimizerKind::sgd) what += ", momentum " + format_number(o.momentum);
  what += ", weight decay " + format_number(o.weight_decay) + ", label smoothing " + format_number(o.label_smoothing) +
          ", dropout " + format_number(o.dropout);
  if (o.augment) what += ", augmented images";
  if (o.warm_up) what += text(", warm-up ", o.warm_up);
  if (o.clip_norm > 0) what += ", clipped at " + format_number(o.clip_norm);
  return text(what, ", seed ", o.seed, ", ", o.threads, o.threads == 1 ? " thread" : " threads");
}

}  // namespace gradus::examples
