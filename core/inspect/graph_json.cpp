#include <gradus/core/inspect/graph.h>
#include <gradus/core/inspect/history.h>
#include <gradus/core/io/json.h>
#include <gradus/core/tensor/arithmetic.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace gradus {
namespace {

// As short as reads back as the same Scalar; what JSON lacks is a word.
JsonText number(double exact) {
  const Scalar value = static_cast<Scalar>(exact);
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return value;
}

void add_statistics(JsonText& json, const Tensor& t) {
  double low = std::numeric_limits<double>::infinity(), high = -low, total = 0, squares = 0;
  for (const double value : t.values()) {
    low = std::min(low, value);
    high = std::max(high, value);
    total += value;
    squares += value * value;
  }
  json.add("min", number(low));
  json.add("max", number(high));
  json.add("mean", number(total / static_cast<double>(t.count())));
  json.add("norm", number(std::sqrt(squares)));
}

// Cuts the matrix into about `most` blocks, as square as it goes, and gives their means.
void add_blocks(JsonText& json, const Tensor& t, std::int64_t most) {
  const std::int64_t all_columns = t.rank() ? t.size(-1) : 1, all_rows = t.count() / all_columns;
  const auto side = static_cast<std::int64_t>(std::sqrt(static_cast<double>(most)));
  std::int64_t rows = std::min(all_rows, side);
  const std::int64_t columns = std::min(all_columns, std::max<std::int64_t>(most / rows, 1));
  rows = std::min(all_rows, std::max<std::int64_t>(most / columns, 1));
  std::vector<double> means;
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t c = 0; c < columns; ++c) {
      const std::int64_t top = r * all_rows / rows, bottom = (r + 1) * all_rows / rows;
      const std::int64_t left = c * all_columns / columns, right = (c + 1) * all_columns / columns;
      double total = 0;
      for (std::int64_t i = top; i < bottom; ++i) {
        for (std::int64_t j = left; j < right; ++j) total += t.data()[i * all_columns + j];
      }
      means.push_back(total / static_cast<double>((bottom - top) * (right - left)));
    }
  }
  json.add("rows", rows);
  json.add("columns", columns);
  json.add("blocks", json_list(means, number));
}

JsonText tensor(const Tensor& t, std::int64_t most_numbers) {
  JsonText json = {{"shape", t.shape()}};
  if (t.count() <= most_numbers) {
    json.add("numbers", json_list(t.values(), number));
  } else {
    add_blocks(json, t, most_numbers);
    add_statistics(json, t);
  }
  return json;
}

}  // namespace

std::string to_json(const Tape& tape, const JsonOptions& options) {
  const History* history = History::of(tape);
  const auto tensor_or_null = [&](const std::optional<Tensor>& t) -> JsonText {
    if (!t) return nullptr;
    return tensor(*t, options.most_numbers);
  };
  std::string out = "{\"nodes\": [";
  for (int node = 0; node < tape.size(); ++node) {
    const Tape::Node& at = tape.node(node);
    JsonText json = {{"operation", at.operation}};
    if (const auto name = options.names.find(node); name != options.names.end()) {
      json.add("name", name->second);
    } else if (!at.parameter.empty()) {
      json.add("name", at.parameter);
    }
    if (!at.layer.empty()) json.add("layer", at.layer);
    json.add("inputs", at.inputs);
    json.add("shape", at.shape);
    json.add("needs_grad", at.needs_grad);
    if (const Tensor* value = history ? history->value(node) : nullptr) json.add("value", tensor_or_null(*value));
    if (const Tensor* grad = history ? history->grad(node) : nullptr) json.add("grad", tensor_or_null(*grad));
    if (history && !history->contributions(node).empty()) {
      json.add("contributions", json_list(history->contributions(node), tensor_or_null));
    }
    out += (node == 0 ? "\n  " : ",\n  ") + json.str();
  }
  return out + "\n]}\n";
}

}  // namespace gradus
