#include <gradus/core/error.h>
#include <gradus/core/io/json.h>
#include <gradus/core/io/predictions.h>
#include <gradus/examples/command_line/format.h>
#include <gradus/examples/command_line/program.h>
#include <gradus/examples/train_mnist/training.h>
#include <gradus/examples/training/augment.h>
#include <gradus/layers/summary.h>
#include <gradus/optim/clip.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace gradus::examples {
namespace {

constexpr std::int64_t evaluation_batch = 500;

std::int64_t training_images(const Options& options, const ImageSet& train) {
  if (options.validation >= train.count) {
    throw UsageError("--validation",
                     text(options.validation, " of ", train.count, " training images leave none to train on"));
  }
  const std::int64_t count = train.count - options.validation;
  if (options.batch_size > count) {
    throw UsageError("--batch-size", text(options.batch_size, " is larger than the training set (", count, " images)"));
  }
  return count;
}

Batches held_out(const Options& options, const Dataset& data) {
  if (options.validation == 0) return Batches(data.test, evaluation_batch);
  return Batches(data.train, data.train.count - options.validation, data.train.count, evaluation_batch);
}

// The sign of a NaN says nothing.
std::string not_finite(double x) { return std::isnan(x) ? "nan" : text(x); }

}  // namespace

Training::Training(const Options& options, const Dataset& data)
    : options_(options),
      data_(data),
      train_count_(training_images(options, data.train)),
      train_batches_(data.train, 0, train_count_, options.batch_size),
      held_out_batches_(held_out(options, data)),
      rng_(options.seed),
      model_(make_model(options, {data.train.rows, data.train.columns}, data.train.classes, rng_)),
      optimizer_(make_optimizer(options, model_)),
      schedule_(make_schedule(options, std::max<std::int64_t>(1, options.epochs * train_batches_.full_batches()))) {
  if (options.detect_anomaly) detector_.emplace(tape_);
}

std::string Training::describe() {
  std::string images = text(train_count_, " images to train on, ");
  images += options_.validation ? text(options_.validation, " for validation") : text(data_.test.count, " to test on");
  return text(images, ", ", data_.train.rows, "x", data_.train.columns, ", ", data_.train.classes, " classes\n",
              examples::describe(options_), "\n\n", summary(model_, {1, data_.train.image_size()}));
}

bool Training::train_epoch(Progress& progress, const InterruptHandler& interrupt, EpochMetrics& metrics) {
  const std::int64_t batches = options_.dry_run ? 1 : train_batches_.full_batches();
  double loss_sum = 0;
  std::int64_t samples = 0, correct = 0;
  train_batches_.shuffle(rng_);
  for (std::int64_t i = 0; i < batches; ++i, ++step_) {
    if (interrupt.requested()) return false;
    Batch batch = train_batches_[i];
    if (options_.augment) batch.images = distorted(batch.images, data_.train.rows, data_.train.columns, {}, rng_);
    metrics.learning_rate = options_.learning_rate * schedule_(step_);
    const bool recorded = recorder_ && i == batches / 2;
    if (recorded) recorder_->before_step();
    const StepResult result = train_step(batch, metrics.learning_rate);
    if (recorded) recorder_->after_step();
    if (step_ == 0) remark_on_first_loss(progress, result.loss);
    loss_sum += result.loss;
    samples += options_.batch_size;
    correct += result.correct;
    metrics.train_loss = loss_sum / static_cast<double>(i + 1);
    metrics.train_accuracy = static_cast<double>(correct) / static_cast<double>(samples);
    progress.batch(options_.batch_size, metrics.train_loss, metrics.train_accuracy);
  }
  return true;
}

Training::StepResult Training::train_step(const Batch& batch, double learning_rate) try {
  const Variable logits = model_(tape_.input(batch.images));
  const Variable loss = cross_entropy(logits, batch.labels, static_cast<Scalar>(options_.label_smoothing));
  if (!std::isfinite(loss.item())) fail_not_finite("the loss is " + not_finite(loss.item()), step_ + 1);
  optimizer_->zero_grad();
  tape_.backward(loss);
  if (options_.clip_norm > 0) clip_grad_norm(model_.parameters(), options_.clip_norm);
  optimizer_->set_learning_rate(learning_rate);
  optimizer_->step();
  tape_.clear();
  return {loss.item(), count_correct(logits.value(), batch.labels)};
} catch (const AnomalyError& anomaly) {  // only with --detect-anomaly
  fail_not_finite(anomaly.what(), step_ + 1);
}

void Training::fail_not_finite(const std::string& what, std::int64_t step) {
  std::string message =
      text(what, " in epoch ", epoch_, ", step ", step, ": try a lower --lr than ", options_.learning_rate);
  if (!options_.detect_anomaly) message += "; --detect-anomaly finds the operation where it begins";
  if (saved_epoch_ > 0) message += text("; ", options_.checkpoint, " is as of epoch ", saved_epoch_);
  try {
    write_report(Ending::failed, message);
    if (recorder_) message += text("; ", options_.report, " shows how it went until then");
  } catch (const std::exception& error) {  // which must not hide what happened first
    message += text("; ", error.what());
  }
  throw std::runtime_error(message);
}

// Called before anything of the epoch is written, so that what was written last stays good.
void Training::check_finite(const EpochMetrics& metrics) {
  if (!std::isfinite(metrics.evaluation.loss)) {
    fail_not_finite(text("the ", metrics.held_out, " loss is ", not_finite(metrics.evaluation.loss)), step_);
  }
  for (const auto& [key, value] : model_.state_dict()) {
    const auto* tensor = std::get_if<Tensor>(&value);
    if (tensor && !all_finite(*tensor)) fail_not_finite(key + " is not finite", step_);
  }
}

// Without knowledge the best guess is that all classes are equally likely, which costs ln(classes); more says that
// something is wrong with the data or the initialisation, and so does much less unless the weights were trained.
void Training::remark_on_first_loss(Progress& progress, double loss) const {
  const double guess = std::log(data_.train.classes), tolerance = std::max(1.0, guess / 2);
  if (loss < guess + tolerance && (loss > guess - tolerance || !options_.load.empty())) return;
  progress.line(text("remark: the first loss is ", format_number(loss), ", far from ln(", data_.train.classes,
                     ") = ", format_fixed(guess, 3), ", that of a guess: look at data, initialisation and dropout"));
}

bool Training::run_epoch(Progress& progress, const InterruptHandler& interrupt, EpochMetrics& metrics) {
  metrics.epoch = ++epoch_;
  metrics.epochs = options_.dry_run ? 1 : options_.epochs;
  model_.train();
  progress.begin_epoch(epoch_, options_.dry_run ? 1 : train_batches_.full_batches());
  if (!train_epoch(progress, interrupt, metrics)) return false;
  progress.end_epoch();
  metrics.train_seconds = progress.train_seconds();
  metrics.samples_per_second = progress.samples_per_second();
  try {
    evaluate_held_out(metrics);
  } catch (const AnomalyError& anomaly) {
    fail_not_finite(anomaly.what(), step_);
  }
  check_finite(metrics);
  metrics.seconds_left = progress.seconds_left();
  if (recorder_) recorder_->measure(epoch_);
  return true;
}

// What the metrics have of it as well.
void Training::evaluate_held_out(EpochMetrics& metrics) {
  EvaluationOptions how = {.detect_anomaly = options_.detect_anomaly};
  if (options_.dry_run) how.most = 1;
  metrics.evaluation = evaluate(model_, held_out_batches_, how);
  metrics.held_out = options_.validation ? "validation" : "test";
  metrics.held_out_loss = metrics.evaluation.loss;
  metrics.held_out_accuracy = metrics.evaluation.accuracy();
}

EpochMetrics Training::evaluate_only() {
  EpochMetrics metrics;
  evaluate_held_out(metrics);
  return metrics;
}

std::string EpochMetrics::json() const {
  const auto number = [](double value) { return JsonText(value, 9); };
  const auto trained = [&](double value) -> JsonText {
    if (epoch == 0) return nullptr;
    return number(value);
  };
  const JsonText line = {{"epoch", epoch},
                         {"train_seconds", trained(train_seconds)},
                         {"samples_per_second", trained(samples_per_second)},
                         {"train_loss", trained(train_loss)},
                         {"train_accuracy", trained(train_accuracy)},
                         {"test_loss", number(evaluation.loss)},
                         {"test_accuracy", number(evaluation.accuracy())},
                         {"learning_rate", trained(learning_rate)},
                         {"held_out", held_out}};
  return line.str();
}

}  // namespace gradus::examples
