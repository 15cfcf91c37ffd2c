// explain: a page that walks through what a program of one's own has recorded, step by step, forward and backward.
//
//   Tape tape;
//   History history(tape);
//   const Variable loss = ...;
//   tape.backward(loss);
//   examples::explain(tape, loss, "explain.html", {.title = "My network"});
//
// The page is one file and needs no network. It shows each operation with its formula and the numbers of this run, the
// contributions that add up to each gradient, and large tensors as heat maps.
#pragma once

#include <gradus/core/inspect/graph.h>
#include <gradus/core/io/json.h>

#include <string>
#include <utility>
#include <vector>

namespace gradus::examples {

// What the page says of a line besides its numbers: a few words in either direction, and what its rows and columns
// stand for. Operations that keep rows or columns pass their names on.
struct LineNote {
  Variable line;
  std::string forward = {}, backward = {};
  std::vector<std::string> rows = {}, columns = {};
};

struct ExplainOptions {
  std::string title = "A tape, step by step";
  std::string text = {};                                     // a few sentences below the title
  std::string code = {};                                     // what was computed, as one would write it
  std::vector<std::pair<std::string, Variable>> names = {};  // {"h", h}: what Variables are called on the page
  std::vector<LineNote> notes = {};
  int row = 0;                 // of tensors whose rows have names: the one whose numbers are put in at first
  bool orders = false;         // with the section on ways of walking the graph
  bool smoothing = false;      // with the section on label smoothing
  JsonText anatomy = nullptr;  // data of the batch norm section, see anatomy.h
};

// The names by node, as to_dot and to_mermaid take them.
NodeNames node_names(const Tape& tape, const ExplainOptions& options);

// The page as text. Throws std::invalid_argument if the loss is not on the tape, or if no History kept its value and
// gradient.
std::string explain_page(const Tape& tape, const Variable& loss, const ExplainOptions& options = {});

// Writes it. Throws std::runtime_error naming the file if it cannot be written.
void explain(const Tape& tape, const Variable& loss, const std::string& path, const ExplainOptions& options = {});

}  // namespace gradus::examples
