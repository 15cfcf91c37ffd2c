#include <gradus/core/inspect/history.h>
#include <gradus/examples/train_mnist/report/recorder.h>
#include <gradus/examples/training/evaluation.h>
#include <gradus/layers/batch_norm.h>
#include <gradus/layers/observer.h>
#include <gradus/layers/relu.h>
#include <gradus/layers/state_guard.h>

#include <algorithm>
#include <cmath>

namespace gradus::examples {
namespace {

constexpr std::int64_t probe_images = 256, sample_images = 2000, sample_batch = 500;
constexpr std::int64_t bins = 40;
constexpr std::size_t most_records = 40;

// In double: a training that goes astray overflows a float's square.
double norm(const Tensor& t) {
  double squares = 0;
  for (const double value : t.values()) squares += value * value;
  return std::sqrt(squares);
}

std::vector<double> numbers(const Tensor& t) { return {t.values().begin(), t.values().end()}; }

// The running estimates as they are, and what would be added to them for this batch: x [n, features], or of images
// [n, channels, height, width].
BatchNormRecord compare(const BatchNorm1d& norm, const Tensor& x) {
  const Axes axes = x.rank() == 4 ? Axes{0, 2, 3} : Axes{0};
  const Tensor mu = mean(x, axes, Reduced::kept), d = x - mu;
  const Tensor variance = sum(d * d, axes) / static_cast<Scalar>(x.count() / x.size(1) - 1);
  return {numbers(*norm.running_mean()), numbers(sqrt(*norm.running_var())), numbers(mu), numbers(sqrt(variance))};
}

// The median of what `gap` says of each feature, so that one that hardly varies does not speak for all; features that
// do not vary are left out.
template <class Gap>
double median_over_features(const BatchNormRecord& r, const Gap& gap) {
  std::vector<double> gaps;
  for (std::size_t f = 0; f < r.batch_mean.size(); ++f) {
    if (r.batch_deviation[f] > 0 && r.running_deviation[f] > 0) gaps.push_back(gap(f));
  }
  if (gaps.empty()) return 0;
  const auto middle = gaps.begin() + std::ssize(gaps) / 2;
  std::ranges::nth_element(gaps, middle);
  return *middle;
}

// Bins are of place(value).
template <class Place>
Histogram histogram(std::span<const Scalar> values, const Place& place) {
  Histogram h;
  if (values.empty()) return h;
  std::vector<double> places;
  double sum = 0, squares = 0;
  for (const double value : values) {
    if (value == 0 || !std::isfinite(value)) continue;
    sum += value;
    squares += value * value;
    places.push_back(place(value));
  }
  const auto all = static_cast<double>(values.size());
  h.zeros = static_cast<double>(std::ranges::count(values, Scalar{0})) / all;
  if (places.empty()) return h;
  h.mean = sum / all;
  h.deviation = std::sqrt(std::max(0.0, squares / all - h.mean * h.mean));
  const auto count = static_cast<double>(places.size());
  double center = 0, spread = 0;
  for (const double x : places) center += x / count;
  for (const double x : places) spread += (x - center) * (x - center) / count;
  const double reach = 4 * std::sqrt(spread);
  h.low = std::max(std::ranges::min(places), center - reach);
  h.high = std::min(std::ranges::max(places), center + reach);
  h.counts.resize(bins);
  const double per_unit = h.high > h.low ? static_cast<double>(bins) / (h.high - h.low) : 0;
  for (const double x : places) {
    if (!(x >= h.low && x <= h.high)) continue;
    const auto bin = static_cast<std::int64_t>((x - h.low) * per_unit);
    ++h.counts[static_cast<std::size_t>(std::min(bin, bins - 1))];
  }
  return h;
}

}  // namespace

Histogram histogram(std::span<const Scalar> values) {
  return histogram(values, [](double value) { return value; });
}

Histogram histogram_of_sizes(std::span<const Scalar> values) {
  return histogram(values, [](double value) { return std::log10(std::abs(value)); });
}

double BatchNormRecord::mean_gap() const {
  return median_over_features(
      *this, [&](std::size_t f) { return std::abs(running_mean[f] - batch_mean[f]) / batch_deviation[f]; });
}

double BatchNormRecord::spread_gap() const {
  return median_over_features(
      *this, [&](std::size_t f) { return std::abs(std::log(running_deviation[f] / batch_deviation[f])); });
}

Recorder::Recorder(Sequential& model, const ImageSet& images, std::int64_t count, double label_smoothing)
    : model_(model),
      probe_(images, 0, std::min(count, probe_images), probe_images),
      sample_(images, 0, std::min(count, sample_images), sample_batch),
      label_smoothing_(static_cast<Scalar>(label_smoothing)),
      updates_(model.parameters().size(), -1) {}

// Copies share their numbers until the optimizer writes to the parameters.
void Recorder::before_step() {
  before_.clear();
  for (const Parameter* parameter : model_.parameters()) before_.push_back(parameter->value());
}

void Recorder::after_step() {
  const std::vector<Parameter*> parameters = model_.parameters();
  for (std::size_t i = 0; i < before_.size(); ++i) {
    const double size = norm(before_[i]);
    updates_[i] = size > 0 ? norm(parameters[i]->value() - before_[i]) / size : -1;
  }
  before_.clear();
}

void Recorder::measure(std::int64_t epoch) {
  EpochRecord record;
  record.epoch = epoch;
  look_at_training(record);
  look_at_evaluation(record);
  for (const Parameter* parameter : model_.parameters()) {
    record.parameters.push_back(histogram(parameter->value().values()));
  }
  record.updates = updates_;
  std::ranges::fill(updates_, -1);
  state_ = model_.state_dict();
  keep(std::move(record));
}

void Recorder::look_at_training(EpochRecord& record) {
  const ModeGuard training(model_, true);
  const StateGuard guard(model_);
  const auto& layers = model_.children();
  batch_norms_.assign(layers.size(), {});
  std::vector<Variable> outputs;
  const Batch batch = probe_[0];
  Tape tape;
  const History history(tape);
  // The running estimates are read before the batch goes into them.
  for (std::size_t i = 0; i < layers.size(); ++i) {
    // A variable, so that what only reshapes the images has a gradient too.
    const Variable x = outputs.empty() ? tape.variable(batch.images) : outputs.back();
    const auto* norm = dynamic_cast<const BatchNorm1d*>(layers[i].get());
    if (norm && norm->running_mean()) batch_norms_[i] = compare(*norm, x.value());
    outputs.push_back(dynamic_cast<Layer&>(*layers[i])(x));
  }
  model_.zero_grad();
  tape.backward(cross_entropy(outputs.back(), batch.labels, label_smoothing_));
  model_.zero_grad();
  for (std::size_t i = 0; i < layers.size(); ++i) {
    record.activations.push_back(histogram(outputs[i].value().values()));
    record.gradients.push_back(histogram_of_sizes(history.grad(tape.node_of(outputs[i]))->values()));
    const BatchNormRecord& norm = batch_norms_[i];
    record.mean_gap.push_back(norm.batch_mean.empty() ? -1 : norm.mean_gap());
    record.spread_gap.push_back(norm.batch_mean.empty() ? -1 : norm.spread_gap());
  }
}

void Recorder::look_at_evaluation(EpochRecord& record) {
  const auto& layers = model_.children();
  std::vector<std::vector<char>> fired(layers.size());
  const Observer observer([&](const Module& layer, const Inputs&, const Variable& y) {
    if (!dynamic_cast<const ReLU*>(&layer)) return;
    for (std::size_t i = 0; i < layers.size(); ++i) {
      if (layers[i].get() != &layer) continue;
      // [n, units], or of images [n, channels, height, width]: a channel fires if it does anywhere.
      const auto units = static_cast<std::size_t>(y.shape()[1]);
      const std::int64_t pixels = y.value().count() / (y.shape()[0] * y.shape()[1]);
      fired[i].resize(units);
      for (const Scalar* row = y.value().data(); row != y.value().data() + y.value().count();) {
        for (std::size_t u = 0; u < units; ++u, row += pixels) {
          const bool fires = std::any_of(row, row + pixels, [](Scalar x) { return x > 0; });
          fired[i][u] = static_cast<char>(fired[i][u] | fires);
        }
      }
    }
  });
  const Evaluation evaluation = evaluate(model_, sample_);
  record.train_loss = evaluation.loss;
  record.train_accuracy = evaluation.accuracy();
  for (const std::vector<char>& units : fired) {
    const auto silent = static_cast<double>(std::ranges::count(units, 0));
    record.silent.push_back(units.empty() ? -1 : silent / static_cast<double>(units.size()));
  }
}

void Recorder::keep(EpochRecord record) {
  // The last one before stayed only because it was the last.
  if (records_.size() > 1 && records_.back().epoch % stride_ != 0) records_.pop_back();
  records_.push_back(std::move(record));
  if (records_.size() <= most_records) return;
  stride_ *= 2;
  const std::int64_t first = records_.front().epoch, last = records_.back().epoch;
  std::erase_if(records_,
                [&](const EpochRecord& r) { return r.epoch % stride_ != 0 && r.epoch != first && r.epoch != last; });
}

}  // namespace gradus::examples
