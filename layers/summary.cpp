#include <gradus/core/error.h>
#include <gradus/layers/observer.h>
#include <gradus/layers/summary.h>

#include <algorithm>
#include <iomanip>
#include <map>

namespace gradus {
namespace {

struct Row {
  std::string layer, shape, parameters;
};

// 235146 as 235,146
std::string grouped(std::int64_t number) {
  std::string digits = std::to_string(number);
  for (auto i = static_cast<std::int64_t>(digits.size()) - 3; i > 0; i -= 3)
    digits.insert(static_cast<std::size_t>(i), 1, ',');
  return digits;
}

using Paths = std::map<const Module*, std::string>;

// "encoder.0" for every layer below.
void find_paths(const Module& layer, const std::string& prefix, Paths& paths) {
  for (const auto& child : layer.children()) {
    paths[child.get()] = prefix + child->name();
    find_paths(*child, prefix + child->name() + ".", paths);
  }
}

// Of the layer itself, without those of its children: their names have a dot.
std::int64_t own_parameter_count(const Module& layer) {
  std::int64_t count = 0;
  for (const auto& [name, parameter] : layer.named_parameters()) {
    if (name.find('.') == std::string::npos) count += parameter->value().count();
  }
  return count;
}

// A row for every layer that run() computes, below those there are.
std::string table(Module& model, const std::function<void(Tape&)>& run, std::vector<Row> rows) {
  Paths paths;
  find_paths(model, "", paths);
  {
    const ModeGuard evaluation(model, false);
    const Observer observer([&](const Module& layer, const Inputs&, const Variable& y) {
      const std::int64_t own = own_parameter_count(layer);
      if (!layer.children().empty() && own == 0) return;
      const auto path = paths.find(&layer);
      const std::string name = path == paths.end() ? "" : path->second + ": ";
      rows.push_back({name + layer.describe(), text(y.shape()), grouped(own)});
    });
    Tape tape(Recording::off);
    run(tape);
  }
  rows.push_back({"total", "", grouped(parameter_count(model))});

  std::size_t layer = 0, shape = 0, parameters = 0;
  for (const Row& row : rows) {
    layer = std::max(layer, row.layer.size());
    shape = std::max(shape, row.shape.size());
    parameters = std::max(parameters, row.parameters.size());
  }
  std::ostringstream out;
  for (const Row& row : rows) {
    out << std::left << std::setw(static_cast<int>(layer)) << row.layer << "  " << std::setw(static_cast<int>(shape))
        << row.shape << "  " << std::right << std::setw(static_cast<int>(parameters)) << row.parameters << '\n';
  }
  return out.str();
}

}  // namespace

std::int64_t parameter_count(const Module& model) {
  std::int64_t count = 0;
  for (const Parameter* parameter : model.parameters()) count += parameter->value().count();
  return count;
}

std::string summary(Layer& model, const Shape& input) {
  const auto run = [&](Tape& tape) { model(tape.input(Tensor::zeros(input))); };
  return table(model, run, {{"layer", "output shape", "parameters"}, {"input", text(input), ""}});
}

std::string summary(Module& model, const std::function<void(Tape&)>& run) {
  return table(model, run, {{"layer", "output shape", "parameters"}});
}

}  // namespace gradus
