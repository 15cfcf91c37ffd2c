#include <gradus/core/autograd/ops.h>
#include <gradus/core/error.h>
#include <gradus/core/inspect/anomaly.h>
#include <gradus/core/io/predictions.h>
#include <gradus/examples/command_line/format.h>
#include <gradus/examples/training/evaluation.h>

#include <algorithm>
#include <iomanip>
#include <sstream>

namespace gradus::examples {
namespace {

// On the right of a field of some columns.
std::string right(std::size_t width, const std::string& text) {
  return std::string(width - std::min(width, display_width(text)), ' ') + text;
}

std::string table(const Evaluation& e, const std::vector<std::string>& names) {
  std::size_t width = 4;
  for (const std::string& name : names) width = std::max(width, display_width(name));
  std::string table = "confusion matrix (rows: label, columns: prediction)\n" + right(width + 1, "");
  for (const std::string& name : names) table += right(width + 2, name);
  for (std::size_t i = 0; i < e.confusion.size(); ++i) {
    if (i % names.size() == 0) table += '\n' + right(width + 1, names[i / names.size()]);
    table += right(width + 2, std::to_string(e.confusion[i]));
  }
  return table + '\n';
}

std::string list(const Evaluation& e, const std::vector<std::string>& names) {
  std::vector<std::size_t> cells(e.confusion.size());
  for (std::size_t i = 0; i < cells.size(); ++i) cells[i] = i;
  const auto classes = static_cast<std::size_t>(e.classes);
  std::erase_if(cells, [&](std::size_t i) { return i / classes == i % classes || e.confusion[i] == 0; });
  std::ranges::stable_sort(cells, std::greater<>(), [&](std::size_t i) { return e.confusion[i]; });
  std::ostringstream out;
  out.imbue(std::locale::classic());
  out << "most frequent confusions\n";
  for (const std::size_t i : std::span(cells).first(std::min<std::size_t>(10, cells.size()))) {
    out << std::setw(6) << e.confusion[i] << " times " << names[i / classes] << " taken for " << names[i % classes]
        << '\n';
  }
  return out.str();
}

}  // namespace

Evaluation evaluate(Layer& model, Batches& batches, const EvaluationOptions& options) {
  const ModeGuard evaluation_mode(model, false);
  Evaluation e;
  e.classes = batches.images().classes;
  e.confusion.resize(static_cast<std::size_t>(e.classes * e.classes));
  Tape tape(Recording::off);
  std::optional<AnomalyDetector> detector;
  if (options.detect_anomaly) detector.emplace(tape);
  for (std::int64_t i = 0; i < std::min(options.most, batches.size()); ++i) {
    const Batch batch = batches[i];
    const Variable logits = model(tape.input(batch.images));
    const std::vector<std::int32_t> predicted = predictions(logits.value());
    e.loss += cross_entropy(logits, batch.labels).item() * static_cast<double>(predicted.size());
    e.count += static_cast<std::int64_t>(predicted.size());
    for (std::size_t row = 0; row < predicted.size(); ++row) {
      if (predicted[row] == no_class) {
        ++e.unclassified;
        continue;
      }
      e.correct += predicted[row] == batch.labels[row];
      ++e.confusion[static_cast<std::size_t>(batch.labels[row] * e.classes + predicted[row])];
    }
    if (options.look) options.look(batch, logits.value());
  }
  e.loss /= static_cast<double>(e.count);
  return e;
}

Tensor infer(Layer& model, const Tensor& x) {
  const ModeGuard evaluation_mode(model, false);
  Tape tape(Recording::off);
  return model(tape.input(x)).value();
}

std::string confusion_text(const Evaluation& evaluation, std::vector<std::string> names) {
  constexpr int widest = 20;
  for (int c = static_cast<int>(names.size()); c < evaluation.classes; ++c) names.push_back(std::to_string(c));
  for (std::string& name : names) name = shorten(name, 16);
  std::string result = evaluation.classes <= widest ? table(evaluation, names) : list(evaluation, names);
  if (evaluation.unclassified > 0) {
    result += text(evaluation.unclassified, " of no class: what the model says of them is not a number\n");
  }
  return result;
}

}  // namespace gradus::examples
