#include <gradus/core/autograd/ops.h>
#include <gradus/core/error.h>
#include <gradus/core/inspect/graph.h>
#include <gradus/core/inspect/history.h>
#include <gradus/core/io/file.h>
#include <gradus/examples/explain/explain.h>
#include <gradus/examples/pages/page.h>

namespace gradus_examples {
PageFiles explain_files();
}

namespace gradus::examples {
namespace {

// The section on the order of the walk has a tape of its own: b = a + a, c = b + b.
std::string orders() {
  Tape tape;
  const History history(tape);
  const Variable a = tape.variable(3);
  const Variable b = a + a;
  const Variable c = b + b;
  tape.backward(c);
  const NodeNames names = {{tape.node_of(a), "a"}, {tape.node_of(b), "b"}, {tape.node_of(c), "c"}};
  const JsonText json = {{"leaf", tape.node_of(a)},
                         {"loss", tape.node_of(c)},
                         {"tape", JsonText::written(to_json(tape, {.names = names}))}};
  return json.str();
}

JsonText notes_json(const Tape& tape, const std::vector<LineNote>& notes) {
  return json_list(notes, [&](const LineNote& note) -> JsonText {
    return {{"node", tape.node_of(note.line)},
            {"forward", note.forward},
            {"backward", note.backward},
            {"rows", note.rows},
            {"columns", note.columns}};
  });
}

}  // namespace

NodeNames node_names(const Tape& tape, const ExplainOptions& options) {
  NodeNames names;
  for (const auto& [name, variable] : options.names) names[tape.node_of(variable)] = name;
  return names;
}

std::string explain_page(const Tape& tape, const Variable& loss, const ExplainOptions& options) {
  const int last = tape.node_of(loss);
  const History* history = History::of(tape);
  if (!history || !history->value(last)) {
    fail("explain", "nothing was kept: make a History of the tape before anything is recorded");
  }
  if (!history->grad(last)) fail("explain", "the loss has no gradient: call tape.backward(loss)");
  const JsonText run = {{"title", options.title},
                        {"text", options.text},
                        {"code", options.code},
                        {"loss", last},
                        {"smoothing", options.smoothing},
                        {"notes", notes_json(tape, options.notes)},
                        {"row", options.row},
                        {"tape", JsonText::written(to_json(tape, {.names = node_names(tape, options)}))}};
  return make_page(
      "explain.html",
      {{"run", run.str()}, {"orders-run", options.orders ? orders() : "null"}, {"anatomy-run", options.anatomy.str()}},
      {explain_files(), shared_page()});
}

void explain(const Tape& tape, const Variable& loss, const std::string& path, const ExplainOptions& options) {
  check_writable(path);
  write_file(path, explain_page(tape, loss, options));
}

}  // namespace gradus::examples
