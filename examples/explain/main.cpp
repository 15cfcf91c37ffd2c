// Writes a page on which one can step through backpropagation, or prints a tape as a graph.
#include <gradus/core/inspect/graph.h>
#include <gradus/core/io/file.h>
#include <gradus/examples/command_line/arguments.h>
#include <gradus/examples/explain/examples.h>
#include <gradus/examples/explain/slope.h>

#include <iostream>

using namespace gradus;

enum class Form { html, dot, mermaid };

int run(int argc, char** argv) {
  std::string example = "neuron", output = "explain.html";
  Form form = Form::html;
  examples::Arguments arguments("explain", "Writes a page on which one steps through backpropagation, line by line.");
  arguments.add_choice("--example", "what to explain", example, examples::example_names());
  arguments.add("--output", "FILE", "where the page goes", output);
  arguments.add_choice("--form", "the page, or the tape as a graph on standard output", form,
                       {{"html", Form::html}, {"dot", Form::dot}, {"mermaid", Form::mermaid}});
  arguments.parse(argc, argv);
  if (form != Form::html && arguments.given("--output")) {
    throw examples::UsageError("--output: only for --form html; a graph goes to standard output");
  }
  if (form == Form::html) check_writable(output);
  if (form == Form::html && example == "slope") {
    write_file(output, examples::slope_page());
    std::cout << "written to " << output << ": open it in a browser\n";
    return 0;
  }

  examples::run_example(example, [&](const Tape& tape, const Variable& loss, const examples::ExplainOptions& options) {
    if (form == Form::html) {
      examples::explain(tape, loss, output, options);
      std::cout << "written to " << output << ": open it in a browser, then press the right arrow key\n";
      return;
    }
    const NodeNames names = examples::node_names(tape, options);
    std::cout << (form == Form::dot ? to_dot(tape, names) : to_mermaid(tape, names));
  });
  return 0;
}

int main(int argc, char** argv) { return examples::run_program(argc, argv, run); }
