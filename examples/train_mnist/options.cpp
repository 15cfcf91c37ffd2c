#include <gradus/examples/support/arguments.h>
#include <gradus/examples/support/format.h>
#include <gradus/examples/support/output_file.h>
#include <gradus/examples/train_mnist/options.h>

#include <algorithm>
#include <sstream>
#include <thread>

namespace gradus::examples {
namespace {

const std::vector<std::pair<std::string, OptimizerKind>> optimizers = {
    {"sgd", OptimizerKind::sgd}, {"adam", OptimizerKind::adam}, {"adamw", OptimizerKind::adamw}};
const std::vector<std::pair<std::string, ScheduleKind>> schedules = {{"constant", ScheduleKind::constant},
                                                                     {"step", ScheduleKind::step},
                                                                     {"cosine", ScheduleKind::cosine},
                                                                     {"one-cycle", ScheduleKind::one_cycle}};

template <class Kind>
const std::string& name_of(const std::vector<std::pair<std::string, Kind>>& kinds, Kind kind) {
  return std::ranges::find(kinds, kind, &std::pair<std::string, Kind>::second)->first;
}

}  // namespace

Options parse_options(int argc, char** argv) {
  Options o;
  o.threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  Arguments arguments("train_mnist",
                      "Trains a multilayer perceptron with batch normalization on MNIST, or on any data set of IDX "
                      "files in its form, and tests it after every epoch.");
  arguments.section("Data");
  arguments.add("--data-dir", "DIR", "folder of the four IDX files; without it, the MNIST that came with the program",
                o.data_dir);
  arguments.add("--validation", "N",
                "hold the last N training images out and report on them instead of the test set, for tuning",
                o.validation, at_least(0));
  arguments.section("Network");
  arguments.add("--hidden", "N,N,...", "sizes of the hidden layers; \"\" for none", o.hidden, range(1, 65536),
                EmptyList::allowed);
  arguments.add_flag("--no-bn", "no batch normalization", o.no_bn);
  arguments.add("--dropout", "P", "probability to drop a hidden unit", o.dropout, range_below(0, 1));
  arguments.section("Training");
  arguments.add("--epochs", "N", "passes over the training set; 0 only evaluates", o.epochs, range(0, 1000000));
  arguments.add("--batch-size", "N", "images a step", o.batch_size, range(1, 1 << 24));
  arguments.add_choice("--optimizer", "how the parameters follow their gradients", o.optimizer, optimizers);
  arguments.add("--lr", "X", "the highest learning rate; without it, 0.05 for sgd and 0.003 otherwise", o.learning_rate,
                above(0));
  arguments.add("--momentum", "X", "for sgd", o.momentum, range_below(0, 1));
  arguments.add("--weight-decay", "X", "of weights; batch normalization and biases have none", o.weight_decay,
                at_least(0));
  arguments.add("--label-smoothing", "X", "share of the target spread over all classes", o.label_smoothing,
                range(0, 1));
  arguments.add_choice("--schedule", "of the learning rate", o.schedule, schedules);
  arguments.add("--warm-up", "STEPS", "steps over which the rate first rises", o.warm_up, at_least(0));
  arguments.add("--clip-norm", "X", "scale gradients down to this norm; 0 does not", o.clip_norm, at_least(0));
  arguments.add("--seed", "N", "everything random follows from it", o.seed);
  arguments.add("--threads", "N", "threads; results do not depend on it", o.threads, range(1, 1024));
  arguments.section("Output");
  arguments.add("--metrics", "FILE", "write a JSON object a line for each epoch", o.metrics);
  arguments.add_flag("--dry-run", "train on one batch, test on one, stop", o.dry_run);
  arguments.add_flag("--quiet", "print nothing", o.quiet);
  arguments.parse(argc, argv);

  if (!arguments.given("--lr")) o.learning_rate = o.optimizer == OptimizerKind::sgd ? 0.05 : 0.003;
  if (!o.no_bn && !o.hidden.empty() && o.batch_size == 1) {
    throw UsageError("--batch-size", "batch normalization needs at least 2 images a step (or --no-bn)");
  }
  if (!o.metrics.empty()) check_writable(o.metrics);
  return o;
}

std::string describe(const Options& o) {
  std::ostringstream out;
  out << o.epochs << (o.epochs == 1 ? " epoch" : " epochs") << " of batches of " << o.batch_size << ", "
      << name_of(optimizers, o.optimizer) << " at " << format_number(o.learning_rate) << " ("
      << name_of(schedules, o.schedule) << ')';
  if (o.optimizer == OptimizerKind::sgd) out << ", momentum " << format_number(o.momentum);
  out << ", weight decay " << format_number(o.weight_decay) << ", label smoothing " << format_number(o.label_smoothing)
      << ", dropout " << format_number(o.dropout);
  if (o.warm_up) out << ", warm-up " << o.warm_up;
  if (o.clip_norm > 0) out << ", clipped at " << format_number(o.clip_norm);
  out << ", seed " << o.seed << ", " << o.threads << (o.threads == 1 ? " thread" : " threads");
  return out.str();
}

}  // namespace gradus::examples
