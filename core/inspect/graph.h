// A tape as a graph, for other programs to draw: Graphviz, Mermaid, and JSON for a page with a script.
//
//   dot -Tsvg tape.dot > tape.svg          (to_dot)
//   ```mermaid ... ``` in a README         (to_mermaid)
//
// Arrows lead from an operand to the operation that uses it; gradients flow against them, and only along the solid
// ones. Nodes that a layer recorded stand in a box with its path.
#pragma once

#include <gradus/core/autograd/tape.h>

#include <map>
#include <string>

namespace gradus {

// What nodes are called, by number (Tape::node_of). One without a name shows its operation.
using NodeNames = std::map<int, std::string>;

std::string to_dot(const Tape& tape, const NodeNames& names = {});
std::string to_mermaid(const Tape& tape, const NodeNames& names = {});

// {"nodes": [{"operation": "matmul", "name": "h", "layer": "0.linear", "inputs": [0, 1], "shape": [4, 3],
//             "needs_grad": true, "value": T, "grad": T, "contributions": [T, T]}, ...]}
//
// `value`, `grad` and `contributions` are present where a History (history.h) of the tape kept them; `contributions`
// has what the node's backward gave to each input, or null. The gradient of a parameter is what this tape brought it.
//
// T is {"shape": [4, 3], "numbers": [...]}, row-major; NaN and the infinities, which JSON lacks, are the strings
// "NaN", "Infinity", "-Infinity". A tensor of more than `most_numbers` numbers is seen as a matrix of its last axis
// and cut into blocks: {"shape", "rows", "columns", "blocks": [their means...], "min", "max", "mean", "norm"}.
struct JsonOptions {
  NodeNames names = {};
  std::int64_t most_numbers = 1024;
};
std::string to_json(const Tape& tape, const JsonOptions& options = {});

}  // namespace gradus
