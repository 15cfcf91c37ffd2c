#include <gradus/core/autograd/tape.h>
#include <gradus/core/error.h>

#include <algorithm>
#include <iomanip>
#include <ostream>

namespace gradus {
namespace {

struct Row {
  std::string number, operation, inputs, shape, layer;
};

Row row(const Tape& tape, int number) {
  const Tape::Node& node = tape.node(number);
  std::string inputs;
  for (const int input : node.inputs) inputs += text(inputs.empty() ? "" : ", ", input);
  const std::string name = node.parameter.empty() ? "" : text(' ', node.parameter);
  return {text(number), text(node.operation, name), inputs, text(node.shape), std::string(node.layer)};
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Tape& tape) {
  std::vector<Row> rows = {{"#", "operation", "inputs", "shape", "layer"}};
  for (int node = 0; node < tape.size(); ++node) rows.push_back(row(tape, node));
  const auto width = [&](std::string Row::*column) {
    std::size_t widest = 0;
    for (const Row& r : rows) widest = std::max(widest, (r.*column).size());
    return static_cast<int>(widest);
  };
  const int number = width(&Row::number), operation = width(&Row::operation), inputs = width(&Row::inputs),
            shape = width(&Row::shape);
  std::ostringstream table;  // so that what is set on `out` neither matters nor changes
  for (const Row& r : rows) {
    table << std::right << std::setw(number) << r.number << "  " << std::left << std::setw(operation) << r.operation
          << "  " << std::setw(inputs) << r.inputs << "  ";
    if (r.layer.empty()) {
      table << r.shape << '\n';
    } else {
      table << std::setw(shape) << r.shape << "  " << r.layer << '\n';
    }
  }
  return out << table.str();
}

}  // namespace gradus
