#include <gradus/core/error.h>
#include <gradus/core/io/json.h>
#include <gradus/examples/command_line/format.h>
#include <gradus/examples/names/training.h>
#include <gradus/examples/names/weights.h>
#include <gradus/examples/training/state.h>
#include <gradus/layers/summary.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <sstream>

namespace gradus::examples::letters {
namespace {

double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

// Enough to notice that a training goes on with other words than it began with.
std::string describe_data(const Words& words) {
  return text(words.training.size(), " + ", words.held_out.size(), " words, checksum ", std::hex, words.checksum);
}

}  // namespace

Training::Training(const Options& options, const Words& words)
    : options_(options),
      words_(words),
      training_(make_examples(options.model, words.training)),
      held_out_(make_examples(options.model, words.held_out)),
      rng_(options.seed),
      net_(make_net(options.model, words.alphabet.size(), rng_)),
      optimizer_(make_optimizer(options, *net_)),
      rows_(static_cast<std::size_t>(options.batch_size)) {}

std::string Training::describe() const {
  std::string what = text(words_.training.size(), " words to train on, ", words_.held_out.size(), " held out, of ",
                          words_.alphabet.letters().size(), " letters: ", shorten(words_.alphabet.text(), 60), '\n');
  if (const std::size_t cut = training_.cut + held_out_.cut; cut > 0) {
    what += text(cut, " of them are longer than ", block(options_.model) - 1, " letters: of these the first ",
                 block(options_.model), " count\n");
  }
  return text(what, letters::describe(options_), '\n', format_count(static_cast<double>(parameter_count(*net_))),
              " parameters\n");
}

Variable Training::loss_of(Tape& tape, const Batch& batch) {
  // Only a gpt's rows have places where nothing is to be guessed.
  const auto ignored = options_.model == NetKind::gpt ? std::optional(nothing) : std::nullopt;
  return cross_entropy((*net_)(tape.indices(batch.x, batch.shape)), batch.y, 0, ignored);
}

void Training::step() {
  const double start = seconds();
  for (std::size_t& row : rows_) row = static_cast<std::size_t>(rng_.below(static_cast<std::int64_t>(training_.count)));
  gather(training_, rows_, batch_);
  const Variable loss = loss_of(tape_, batch_);
  if (!std::isfinite(loss.item())) fail_not_finite("the loss", steps_ + 1);
  optimizer_->zero_grad();
  tape_.backward(loss);
  optimizer_->step();
  tape_.clear();

  batch_loss_ += loss.item();
  ++batches_;
  if (steps_++ < std::min<std::int64_t>(50, options_.steps / 10)) return;  // warming up
  timed_seconds_ += seconds() - start;
  ++timed_steps_;
}

double Training::loss(const Examples& examples) {
  const ModeGuard evaluation(*net_, false);
  Tape tape(Recording::off);
  std::vector<std::size_t> rows;
  Batch batch;
  double total = 0;
  std::int64_t letters = 0;
  for (std::size_t i = 0; i < examples.count; i += rows.size()) {
    rows.resize(std::min<std::size_t>(512, examples.count - i));
    std::iota(rows.begin(), rows.end(), i);
    gather(examples, rows, batch);
    total += loss_of(tape, batch).item() * static_cast<double>(batch.letters);
    letters += batch.letters;
  }
  return total / static_cast<double>(letters);
}

bool Training::report_due() const {
  return steps_ % std::max<std::int64_t>(1, (options_.steps + 19) / 20) == 0 || steps_ == options_.steps;
}

Report Training::report() {
  held_out_loss_ = loss(held_out_);
  if (!std::isfinite(held_out_loss_)) fail_not_finite("the loss of held-out words", steps_);
  const Report r = {batch_loss_ / static_cast<double>(batches_), held_out_loss_};
  if (batches_ == 0 && !history_.empty()) return r;
  JsonText json = {{"step", steps_}, {"batch_loss", {r.batch_loss, 9}}, {"held_out_loss", {r.held_out_loss, 9}}};
  if (steps_ == options_.steps) {
    json.add("train_loss", {loss(training_), 9});
    json.add("step_us", {timed_seconds_ / static_cast<double>(timed_steps_) * 1e6, 6});
    json.add("parameters", parameter_count(*net_));
  }
  history_.push_back(json.str());
  batch_loss_ = 0;
  batches_ = 0;
  if (!options_.checkpoint.empty()) {
    save_checkpoint(options_.checkpoint, checkpoint());
    saved_step_ = steps_;
  }
  return r;
}

void Training::fail_not_finite(const std::string& what, std::int64_t step) const {
  std::string message = text(what, " is not finite at step ", step, ": try a lower --lr than ", options_.learning_rate);
  if (saved_step_ > 0) message += text("; ", options_.checkpoint, " is as of step ", saved_step_);
  throw std::runtime_error(message);
}

Checkpoint Training::checkpoint() {
  Checkpoint checkpoint;
  checkpoint.state = training_state(*net_, *optimizer_);
  checkpoint.state.emplace_back("step", steps_);
  checkpoint.state.emplace_back("steps", options_.steps);
  checkpoint.state.emplace_back("generator", random_state(rng_));
  std::string lines;
  for (const std::string& line : history_) lines += line + '\n';
  checkpoint.metadata = {{"configuration", configuration(options_)},
                         {"alphabet", words_.alphabet.text()},
                         {"data", describe_data(words_)},
                         {"metrics", lines}};
  return checkpoint;
}

void Training::restore(const Checkpoint& checkpoint, const std::string& name) try {
  if (const std::string there = require(checkpoint.metadata, "data"), here = describe_data(words_); there != here) {
    throw std::runtime_error("was trained on other words: " + there + "; here " + here);
  }
  std::istringstream lines(require(checkpoint.metadata, "metrics"));
  StateDict state = checkpoint.state;
  const auto steps = take<std::int64_t>(state, "step");
  take<std::int64_t>(state, "steps");  // wanted then: looked at already
  if (steps < 0 || steps > options_.steps) {
    throw std::runtime_error(text("has ", steps, " steps behind it, more than --steps ", options_.steps));
  }
  const Rng::State generator = random_state(take<std::vector<std::int64_t>>(state, "generator"));
  restore_training_state(std::move(state), *net_, *optimizer_);
  rng_.set_state(generator);
  steps_ = steps;
  if (options_.checkpoint == options_.resume) saved_step_ = steps;
  for (std::string line; std::getline(lines, line);) history_.push_back(line);
} catch (const std::exception& error) {
  throw std::runtime_error(name + ": " + error.what());
}

}  // namespace gradus::examples::letters
