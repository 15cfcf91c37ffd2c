// Pages put together from embedded files, and the page of `explain`.
#include <gradus/core/autograd/ops.h>
#include <gradus/core/inspect/history.h>
#include <gradus/core/io/json.h>
#include <gradus/examples/batchnorm_derivation/equations.h>
#include <gradus/examples/explain/anatomy.h>
#include <gradus/examples/explain/explain.h>
#include <gradus/examples/pages/page.h>
#include "error_of.h"
#include "examples/run_program.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace gradus;
using namespace gradus::examples;
using namespace gradus::testing;

namespace {

const PageFile page_files[] = {
    {"page.html",
     "<link rel=\"stylesheet\" href=\"a.css\">|"
     "<script type=\"application/json\" id=\"run\"></script>|<script src=\"a.js\"></script>"},
    {"a.css", "b { color: red }\n"},
    {"a.js", "run('<script src=\"no.js\"></script>')\n"},
    {"missing.html", "<script src=\"none.js\"></script>"},
};

std::string mistake_of(const std::string& html, const std::map<std::string, std::string>& data) {
  try {
    make_page(html, data, {page_files});
  } catch (const std::logic_error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Page, HasStyleDataAndScriptsInIt) {
  EXPECT_EQ(make_page("page.html", {{"run", "{\"a\": \"</script><!--\"}"}}, {page_files}),
            "<style>\nb { color: red }\n</style>|<script type=\"application/json\" id=\"run\">"
            "{\"a\": \"\\u003c/script>\\u003c!--\"}</script>|"
            "<script>\nrun('<script src=\"no.js\"></script>')\n</script>");
}

TEST(Page, NamesWhatIsMissing) {
  EXPECT_EQ(mistake_of("other.html", {}), "page: no file other.html was embedded");
  EXPECT_EQ(mistake_of("missing.html", {}), "page: no file none.js was embedded");
  EXPECT_EQ(mistake_of("page.html", {}), "page: no data for run");
  EXPECT_EQ(mistake_of("page.html", {{"run", "1"}, {"walk", "2"}}), "page: page.html has no place for the data walk");
}

TEST(Page, SharedFilesAreEmbeddedWhole) {
  for (const PageFile& file : shared_page()) {
    EXPECT_EQ(file.content, read_file(GRADUS_TEST_DIR "/../examples/pages/" + std::string(file.name)));
  }
}

TEST(Explain, SaysWhatTheTapeShouldHaveKept) {
  Tape bare;
  const Variable x = bare.variable(2);
  const Variable y = x * x;
  EXPECT_EQ(error_of([&] { explain_page(bare, y); }),
            "explain: nothing was kept: make a History of the tape before anything is recorded");
  Tape tape;
  const History history(tape);
  const Variable a = tape.variable(2);
  const Variable b = a * a;
  EXPECT_EQ(error_of([&] { explain_page(tape, b); }), "explain: the loss has no gradient: call tape.backward(loss)");
  EXPECT_EQ(error_of([&] { explain_page(tape, y); }), "node_of: this Variable is on another tape");
}

TEST(Explain, AsksNothingOfAnyNetwork) {
  const TemporaryFolder folder;
  for (const std::string program : {"explain --example slope", "explain --example neuron", "explain --example fan-out",
                                    "explain --example mlp", "explain --example batchnorm", "explain --example softmax",
                                    "explain --example convolution", "explain --example attention", "playground"}) {
    const std::string path = (folder / "page.html").string();
    const Outcome outcome = run_program(program + " --output " + path);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    const std::string page = read_file(path);
    // (The namespace of SVG is a name, not an address.)
    std::size_t addresses = 0;
    for (std::size_t at = page.find("://"); at != std::string::npos; at = page.find("://", at + 1)) ++addresses;
    EXPECT_EQ(addresses, 1u) << program;
    EXPECT_EQ(page.find("<link rel=\"stylesheet\""), std::string::npos);
    EXPECT_EQ(page.find("<script src"), std::string::npos);
    EXPECT_LT(page.size(), 200'000u);
  }
}

TEST(Explain, PrintsGraphs) {
  const Outcome dot = run_program("explain --example fan-out --form dot");
  EXPECT_EQ(dot.exit_code, 0);
  EXPECT_EQ(dot.output.substr(0, 14), "digraph tape {");
  EXPECT_NE(dot.output.find("[label=\"b = mul\\nscalar\"]"), std::string::npos);
  EXPECT_EQ(run_program("explain --example fan-out --form mermaid").output,
            "flowchart TD\n"
            "  n0([\"a<br>scalar\"])\n"
            "  n1[\"b = mul<br>scalar\"]\n"
            "  n2[\"c = add<br>scalar\"]\n"
            "  n3[\"d = mul<br>scalar\"]\n"
            "  n0 --> n1\n"
            "  n0 --> n1\n"
            "  n1 --> n2\n"
            "  n0 --> n2\n"
            "  n1 --> n3\n"
            "  n2 --> n3\n");
}

TEST(Explain, RefusesWrongUsage) {
  const Outcome outcome = run_program("explain --form dot --output x.html");
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(outcome.errors, "explain: --output: only for --form html; a graph goes to standard output\n");
  for (const std::string program : {"explain", "explain --example slope", "playground"}) {
    EXPECT_EQ(run_program(program + " --output /no/such/folder/x.html").exit_code, 1) << program;
  }
}

// The numbers of the anatomy come from BatchNorm1d; equation 10, evaluated as it is written, gives the same.
TEST(Explain, TheAnatomyHasTheLibrarysGradient) {
  const batchnorm_derivation::Feature feature = {
      .x = {0.5, -1.2, 2.1, 0.3}, .g = {0.9, -0.3, 0.4, -1.1}, .gamma = 1.5, .eps = 0.25};
  const Tensor x({4}, {0.5f, -1.2f, 2.1f, 0.3f}), g({4}, {0.9f, -0.3f, 0.4f, -1.1f});
  const Json data = parse_json(anatomy_json(x, g, 1.5f, 0.25f).str());
  const std::vector<double> expected = batchnorm_derivation::equations[9].dx(feature);
  for (const JsonMember& member : *data.object()) {
    if (member.key != "dx") continue;
    ASSERT_EQ(member.value.array()->size(), 4u);
    for (std::size_t i = 0; i < 4; ++i) {
      EXPECT_NEAR(std::get<double>((*member.value.array())[i].value), expected[i], 1e-6);
    }
    return;
  }
  FAIL() << "no dx";
}

}  // namespace
