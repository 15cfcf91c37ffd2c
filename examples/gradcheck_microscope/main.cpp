// How good is a central difference? Its error at every step size, in float and in double, for any operation or layer.
#include <gradus/core/io/file.h>
#include <gradus/examples/command_line/arguments.h>
#include <gradus/examples/gradcheck_microscope/report.h>
#include <gradus/examples/gradcheck_microscope/subjects.h>

#include <iostream>

using namespace gradus;
using namespace gradus::examples;
using microscope::Kind;

int run(int argc, char** argv) {
  std::string operation = "tanh", layer = "batch_norm", svg, html;
  int seed = 1;
  Arguments arguments("gradcheck_microscope",
                      "Compares the gradients of backpropagation with central differences at step sizes from "
                      "1e-1 down to 1e-12, in float and in double, and explains the curve.");
  arguments.add_choice("--op", "the operation to look at", operation, subject_names(Kind::operation));
  arguments.add_choice("--layer", "the layer to look at instead", layer, subject_names(Kind::layer));
  arguments.add("--html", "FILE", "write a page on which you can move along the curve", html);
  arguments.add("--svg", "FILE", "write the curve as a picture", svg);
  arguments.add("--seed", "N", "of the inputs, parameters and weights", seed, at_least(0));
  arguments.parse(argc, argv);
  if (arguments.given("--op") && arguments.given("--layer")) {
    throw UsageError("--layer", "not together with --op: one thing at a time");
  }
  if (!svg.empty()) check_writable(svg);
  if (!html.empty()) check_writable(html);

  const auto kind = arguments.given("--layer") ? Kind::layer : Kind::operation;
  const std::string& name = kind == Kind::layer ? layer : operation;
  const std::vector<double> steps = microscope::step_sizes();
  const auto number = static_cast<unsigned>(seed);
  const microscope::Analysis analysis =
      microscope::analyse(name, steps, gradus::examples::measure(kind, name, steps, number),
                          gradus_double::examples::measure(kind, name, steps, number));
  microscope::print(std::cout, analysis);
  if (!svg.empty()) {
    write_file(svg, microscope::to_svg(analysis));
    std::cout << "\nwritten to " << svg << '\n';
  }
  if (!html.empty()) {
    write_file(html, microscope::to_html(analysis));
    std::cout << "\nwritten to " << html << ": open it in a browser\n";
  }
  return 0;
}

int main(int argc, char** argv) { return run_program(argc, argv, run); }
