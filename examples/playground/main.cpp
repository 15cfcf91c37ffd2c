// Writes a page on which a network learns while one watches. Everything is computed by the page itself;
// tests/pages/playground_test.js holds it against the library.
#include <gradus/core/io/file.h>
#include <gradus/examples/command_line/arguments.h>
#include <gradus/examples/pages/page.h>

#include <iostream>

namespace gradus_examples {
PageFiles explain_files();
PageFiles playground_files();
}  // namespace gradus_examples

using namespace gradus;

int run(int argc, char** argv) {
  std::string output = "playground.html";
  examples::Arguments arguments("playground", "Writes a page on which a small network learns while one watches.");
  arguments.add("--output", "FILE", "where the page goes", output);
  arguments.parse(argc, argv);
  check_writable(output);
  write_file(output,
             examples::make_page("playground.html", {},
                                 {examples::playground_files(), examples::explain_files(), examples::shared_page()}));
  std::cout << "written to " << output << ": open it in a browser\n";
  return 0;
}

int main(int argc, char** argv) { return examples::run_program(argc, argv, run); }
