// What the doctor looks at, gathered from history and records.
#include <gradus/core/error.h>
#include <gradus/core/io/json.h>
#include <gradus/examples/train_mnist/report/report.h>
#include <gradus/layers/conv2d.h>
#include <gradus/layers/linear.h>

#include <algorithm>
#include <limits>

namespace gradus::examples {
namespace {

EpochPoint parse_line(const std::string& line) {
  const Json json = parse_json(line);
  const auto number = [&](const char* key) {
    const Json* value = json.find(key);
    if (!value) throw std::runtime_error(text("no ", key));
    if (value->integer()) return static_cast<double>(*value->integer());
    const auto* real = std::get_if<double>(&value->value);
    return real ? *real : std::numeric_limits<double>::quiet_NaN();  // null
  };
  return {.epoch = static_cast<std::int64_t>(number("epoch")),
          .train_loss = number("train_loss"),
          .train_accuracy = number("train_accuracy"),
          .held_out_loss = number("test_loss"),
          .held_out_accuracy = number("test_accuracy"),
          .learning_rate = number("learning_rate")};
}

}  // namespace

std::vector<EpochPoint> parse_history(const std::vector<std::string>& lines) {
  std::vector<EpochPoint> points;
  for (const std::string& line : lines) {
    try {
      points.push_back(parse_line(line));
    } catch (const std::runtime_error& error) {
      throw std::runtime_error(
          text("report: the metrics of epoch ", points.size() + 1, " cannot be read: ", error.what()));
    }
  }
  return points;
}

Symptoms symptoms(const Run& run) {
  Symptoms s{.history = parse_history(run.history),
             .held_out = run.options.validation ? "validation" : "test",
             .classes = run.data.train.classes,
             .dropout = run.options.dropout > 0 && !run.options.hidden.empty(),
             .label_smoothing = run.options.label_smoothing > 0};
  if (run.ending == Ending::failed) s.failure = run.failure;
  const std::vector<EpochRecord>& records = run.recorder.records();
  if (records.empty() || records.back().epoch == 0) return s;  // an untrained network has no symptoms
  const EpochRecord& last = records.back();
  s.evaluated_train_loss = last.train_loss;
  const auto& layers = run.model.children();
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const std::string name = layers[i]->name() + " " + layers[i]->kind();
    if (last.silent[i] >= 0) s.silent.push_back({name, last.silent[i], last.epoch});
    if (last.mean_gap[i] >= 0) s.mean_gaps.push_back({name, last.mean_gap[i], last.epoch});
    if (dynamic_cast<const Linear*>(layers[i].get()) || dynamic_cast<const Conv2d*>(layers[i].get()))
      s.gradients.push_back({name, last.gradients[i].deviation, last.epoch});
  }
  const auto parameters = run.model.named_parameters();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (parameters[i].value->shape().rank() < 2) continue;
    const auto most = std::ranges::max_element(records, {}, [&](const EpochRecord& r) { return r.updates[i]; });
    if (most->updates[i] >= 0) s.updates.push_back({parameters[i].name, most->updates[i], most->epoch});
  }
  return s;
}

}  // namespace gradus::examples
