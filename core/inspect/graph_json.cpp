#include <gradus/core/error.h>
#include <gradus/core/inspect/graph.h>
#include <gradus/core/inspect/history.h>
#include <gradus/core/io/json.h>
#include <gradus/core/tensor/arithmetic.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace gradus {
namespace {

// The shortest text that reads back as the same Scalar.
std::string number(double exact) {
  const Scalar value = static_cast<Scalar>(exact);
  if (std::isnan(value)) return "\"NaN\"";
  if (std::isinf(value)) return value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
  char digits[32];
  return std::string(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

template <class Range, class Text>
std::string list(const Range& range, const Text& text) {
  std::string out = "[";
  for (const auto& element : range) {
    if (out.size() > 1) out += ", ";
    out += text(element);
  }
  return out + ']';
}

std::string sizes(const Shape& shape) {
  return list(shape, [](std::int64_t size) { return std::to_string(size); });
}

std::string statistics(const Tensor& t) {
  double low = std::numeric_limits<double>::infinity(), high = -low, total = 0, squares = 0;
  for (const double value : t.values()) {
    low = std::min(low, value);
    high = std::max(high, value);
    total += value;
    squares += value * value;
  }
  return "\"min\": " + number(low) + ", \"max\": " + number(high) +
         ", \"mean\": " + number(total / static_cast<double>(t.count())) + ", \"norm\": " + number(std::sqrt(squares));
}

// Cuts the matrix into about `most` blocks, as square as it goes, and gives their means.
std::string blocks(const Tensor& t, std::int64_t most) {
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
  return "\"rows\": " + std::to_string(rows) + ", \"columns\": " + std::to_string(columns) +
         ", \"blocks\": " + list(means, [](double mean) { return number(mean); });
}

std::string tensor(const Tensor& t, std::int64_t most_numbers) {
  const std::string shape = "{\"shape\": " + sizes(t.shape()) + ", ";
  if (t.count() > most_numbers) return shape + blocks(t, most_numbers) + ", " + statistics(t) + "}";
  return shape + "\"numbers\": " + list(t.values(), [](Scalar value) { return number(value); }) + "}";
}

}  // namespace

std::string to_json(const Tape& tape, const JsonOptions& options) {
  const History* history = History::of(tape);
  const auto kept = [&](const char* key, const Tensor* t) {
    return t ? text(", \"", key, "\": ", tensor(*t, options.most_numbers)) : "";
  };
  const auto tensor_or_null = [&](const std::optional<Tensor>& t) {
    return t ? tensor(*t, options.most_numbers) : "null";
  };
  std::string out = "{\"nodes\": [";
  for (int node = 0; node < tape.size(); ++node) {
    const Tape::Node& at = tape.node(node);
    const auto name = options.names.find(node);
    out += node == 0 ? "\n" : ",\n";
    out += "  {\"operation\": " + json_quote(at.operation);
    if (name != options.names.end()) {
      out += ", \"name\": " + json_quote(name->second);
    } else if (!at.parameter.empty()) {
      out += ", \"name\": " + json_quote(at.parameter);
    }
    if (!at.layer.empty()) out += ", \"layer\": " + json_quote(at.layer);
    out += ", \"inputs\": " + list(at.inputs, [](int input) { return std::to_string(input); });
    out += ", \"shape\": " + sizes(at.shape);
    out += std::string(", \"needs_grad\": ") + (at.needs_grad ? "true" : "false");
    if (history) {
      out += kept("value", history->value(node)) + kept("grad", history->grad(node));
      const auto given = history->contributions(node);
      if (!given.empty()) out += ", \"contributions\": " + list(given, tensor_or_null);
    }
    out += "}";
  }
  return out + "\n]}\n";
}

}  // namespace gradus
