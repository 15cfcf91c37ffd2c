#include <gradus/core/error.h>
#include <gradus/core/inspect/graph.h>

#include <functional>
#include <utility>
#include <vector>

namespace gradus {
namespace {

bool is_leaf(const Tape::Node& at) { return at.inputs.empty(); }

// "W", "h = matmul", "matmul": what stands in the first row of a node.
std::string title(const Tape::Node& at, int node, const NodeNames& names) {
  const auto name = names.find(node);
  if (name != names.end()) return is_leaf(at) ? name->second : text(name->second, " = ", at.operation);
  return std::string(at.parameter.empty() ? at.operation : at.parameter);
}

std::string size(const Shape& shape) { return shape.rank() == 0 ? "scalar" : text(shape); }

// Layers in the order in which they were met first, each with its lines; those outside of layers come under "".
std::vector<std::pair<std::string_view, std::vector<int>>> by_layer(const Tape& tape) {
  std::vector<std::pair<std::string_view, std::vector<int>>> layers = {{"", {}}};
  std::map<std::string_view, std::size_t> known = {{"", 0}};
  for (int node = 0; node < tape.size(); ++node) {
    const std::string_view layer = tape.node(node).layer;
    const auto [entry, is_new] = known.try_emplace(layer, layers.size());
    if (is_new) layers.push_back({layer, {}});
    layers[entry->second].second.push_back(node);
  }
  return layers;
}

std::string replaced(std::string_view text, const std::map<char, std::string>& by) {
  std::string out;
  for (const char c : text) {
    const auto found = by.find(c);
    out += found == by.end() ? std::string(1, c) : found->second;
  }
  return out;
}

std::string dot_quote(std::string_view text) {
  return '"' + replaced(text, {{'"', "\\\""}, {'\\', "\\\\"}, {'\n', "\\n"}}) + '"';
}

// Mermaid reads "#35;" as the character 35, and takes quotes, < and # for its own.
std::string mermaid_quote(std::string_view text) {
  return '"' + replaced(text, {{'"', "#34;"}, {'#', "#35;"}, {'<', "#60;"}, {'>', "#62;"}, {'\n', "<br>"}}) + '"';
}

std::string label(const Tape& tape, int node, const NodeNames& names) {
  const Tape::Node& at = tape.node(node);
  return text(title(at, node, names), '\n', size(at.shape));
}

using EdgeCall = std::function<void(int from, int to, bool carries_gradient)>;

// An operand used twice has two edges: along each of them its gradient gets a contribution.
void for_each_edge(const Tape& tape, const EdgeCall& call) {
  for (int node = 0; node < tape.size(); ++node) {
    for (const int input : tape.node(node).inputs) call(input, node, tape.node(input).needs_grad);
  }
}

}  // namespace

std::string to_dot(const Tape& tape, const NodeNames& names) {
  std::ostringstream out;
  out.imbue(std::locale::classic());
  out << "digraph tape {\n"
         "  graph [fontname=\"Helvetica\", fontsize=11, fontcolor=\"#555555\"]\n"
         "  node [shape=box, style=rounded, fontname=\"Helvetica\", fontsize=12, margin=\"0.15,0.06\"]\n"
         "  edge [arrowsize=0.7]\n";
  int cluster = 0;
  for (const auto& [layer, nodes] : by_layer(tape)) {
    const std::string indent = layer.empty() ? "  " : "    ";
    if (!layer.empty()) {
      out << "  subgraph cluster_" << cluster++ << " {\n    label=" << dot_quote(layer)
          << "; style=\"rounded,dashed\"; color=\"#999999\"\n";
    }
    for (const int node : nodes) {
      const bool leaf = is_leaf(tape.node(node));
      out << indent << 'n' << node << " [label=" << dot_quote(label(tape, node, names))
          << (leaf ? ", shape=ellipse]\n" : "]\n");
    }
    if (!layer.empty()) out << "  }\n";
  }
  for_each_edge(tape, [&](int from, int to, bool carries_gradient) {
    out << "  n" << from << " -> n" << to << (carries_gradient ? "\n" : " [style=dashed]\n");
  });
  out << "}\n";
  return out.str();
}

std::string to_mermaid(const Tape& tape, const NodeNames& names) {
  std::ostringstream out;
  out.imbue(std::locale::classic());
  out << "flowchart TD\n";
  int cluster = 0;
  for (const auto& [layer, nodes] : by_layer(tape)) {
    const std::string indent = layer.empty() ? "  " : "    ";
    if (!layer.empty()) out << "  subgraph layer" << cluster++ << " [" << mermaid_quote(layer) << "]\n";
    for (const int node : nodes) {
      const bool leaf = is_leaf(tape.node(node));
      out << indent << 'n' << node << (leaf ? "([" : "[") << mermaid_quote(label(tape, node, names))
          << (leaf ? "])\n" : "]\n");
    }
    if (!layer.empty()) out << "  end\n";
  }
  for_each_edge(tape, [&](int from, int to, bool carries_gradient) {
    out << "  n" << from << (carries_gradient ? " --> n" : " -.-> n") << to << '\n';
  });
  return out.str();
}

}  // namespace gradus
