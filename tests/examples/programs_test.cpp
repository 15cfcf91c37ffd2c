// The smaller example programs, run as a user would.
#include "examples/run_program.h"

#include <gtest/gtest.h>

#include <regex>

namespace gradus::testing {
namespace {

TEST(Programs, HelpAndWrongFlags) {
  for (const std::string program :
       {"xor", "spirals", "custom_layer", "batchnorm_derivation", "batchnorm_terms", "bug_museum", "covariate_shift",
        "benchmark", "train_mnist", "train_table", "explain", "gradcheck_microscope", "names", "ablation", "optimizers",
        "playground", "initialization"}) {
    const Outcome help = run_program(program + " --help");
    EXPECT_EQ(help.exit_code, 0) << program;
    EXPECT_EQ(help.output.find("usage: " + program), 0u) << help.output;
    const Outcome wrong = run_program(program + " --no-such-flag");
    EXPECT_EQ(wrong.exit_code, 2) << program;
    EXPECT_EQ(wrong.errors.find(program + ": --no-such-flag: unknown flag"), 0u) << wrong.errors;
    EXPECT_EQ(wrong.output, "") << program;
  }
}

// The commands in the text: that the programs have the flags, not what they do.
TEST(Programs, HaveTheFlagsThatThePathNames) {
  std::istringstream text(read_file(std::string(GRADUS_TEST_DIR) + "/../examples/README.md"));
  const std::string folder = "build/examples/";
  std::string help;
  int flags = 0;
  bool commands = false;
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with("```")) commands = line == "```sh";
    std::istringstream words(commands ? line : "");
    for (std::string word; words >> word;) {
      if (word.starts_with(folder) && !word.ends_with(".a"))
        help = run_program(word.substr(folder.size()) + " --help").output;
      if (!word.starts_with("--") || word.starts_with("--build") || word.starts_with("--target")) continue;
      EXPECT_NE(help.find("\n  " + word + ' '), std::string::npos) << word << " in " << line << '\n' << help;
      ++flags;
    }
  }
  EXPECT_GT(flags, 20);
}

// The code in the text is that of the README, with the line that compiles it, or of the custom layer.
TEST(Programs, AreThoseThatThePathShows) {
  const std::string root = std::string(GRADUS_TEST_DIR) + "/../";
  const std::string path = read_file(root + "examples/README.md"), readme = read_file(root + "README.md");
  const std::string layer = read_file(root + "examples/custom_layer/rms_norm.cpp");
  const std::string fence = "\n```cpp\n";
  int blocks = 0;
  for (std::size_t at = path.find(fence); at != std::string::npos; at = path.find(fence, at + 1), ++blocks) {
    const std::size_t begin = at + fence.size();
    const std::string code = path.substr(begin, path.find("```", begin) - begin);
    EXPECT_TRUE(readme.find(code) != std::string::npos || layer.find(code) != std::string::npos) << code;
  }
  EXPECT_EQ(blocks, 2);
  const std::size_t command = path.find("\ng++ ") + 1;
  EXPECT_NE(readme.find(path.substr(command, path.find('\n', command) - command)), std::string::npos);
}

TEST(Programs, SpiralsWritesItsPictureWhereAsked) {
  const TemporaryFolder folder;
  const Outcome outcome = run_program("spirals --steps 50 --svg " + (folder / "s.svg").string());
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_EQ(read_file(folder / "s.svg").find("<svg"), 0u);
  const Outcome unwritable = run_program("spirals --svg " + (folder / "no" / "s.svg").string());
  EXPECT_EQ(unwritable.exit_code, 1);
  EXPECT_EQ(unwritable.output, "");
}

// Batches of two say little of the whole, and having seen them the running estimates are no longer right either.
TEST(Programs, SpiralsShowsWhatForgettingEvaluationCosts) {
  const std::string output = run_program("spirals --forget-eval").output;
  const auto percent = [&](const std::string& before) {
    const std::size_t at = output.find(before);
    EXPECT_NE(at, std::string::npos) << before << " in " << output;
    return at == std::string::npos ? 0 : std::stod(output.substr(at + before.size()));
  };
  const double right = percent("accuracy on new points ");
  EXPECT_GT(right, 95);
  EXPECT_GT(percent("in batches of 120: "), right - 5);
  EXPECT_LT(percent("in batches of  12: "), right - 20);
  EXPECT_LT(percent("in batches of   2: "), 50);
  EXPECT_LT(percent("with it again, after these tests: "), right - 5);
  EXPECT_EQ(run_program("spirals").output.find("eval"), std::string::npos);
  // Drawing it changes none of these numbers.
  const TemporaryFolder folder;
  const std::string file = (folder / "s.svg").string();
  EXPECT_EQ(run_program("spirals --forget-eval --svg " + file).output, output + "picture written to " + file + '\n');
  const std::string picture = read_file(file);
  for (const std::string title :
       {">with model.eval()<", ">without model.eval(), in batches of 12<", ">with it again, after the tests<"})
    EXPECT_NE(picture.find(title), std::string::npos) << title;
}

TEST(Programs, SpiralsStopsWhenTheLossIsNotFinite) {
  const TemporaryFolder folder;
  const Outcome outcome = run_program("spirals --lr 1e30 --svg " + (folder / "s.svg").string());
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.errors, "spirals: the loss is not finite at step 2: try a lower --lr than 1e+30\n");
  EXPECT_FALSE(std::filesystem::exists(folder / "s.svg"));
}

TEST(Programs, InitializationShowsWhatVanishesAndWhatExplodes) {
  const TemporaryFolder folder;
  const Outcome outcome = run_program("initialization --steps 20 --svg " + (folder / "i.svg").string());
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_NE(outcome.output.find("0.0e+00  0.0e+00  0.0e+00       2.3     2.3\n"), std::string::npos) << outcome.output;
  EXPECT_NE(outcome.output.find("no number\n"), std::string::npos) << outcome.output;
  EXPECT_NE(outcome.output.find("\n\nAll the same: the units of a layer"), std::string::npos) << outcome.output;
  EXPECT_EQ(read_file(folder / "i.svg").find("<svg"), 0u);
  // Where activations are about 1, gradients are about 1 / 128 of one and less.
  const std::string name = "normal, sqrt(2 / in)  ";
  std::istringstream row(outcome.output.substr(outcome.output.find(name) + name.size()));
  double activations[3] = {}, gradients[3] = {};
  for (double& number : activations) row >> number;
  for (double& number : gradients) row >> number;
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(activations[i] > 0.1 && activations[i] < 1) << outcome.output;
    EXPECT_TRUE(gradients[i] > 1e-4 && gradients[i] < 1e-2) << outcome.output;
  }
}

TEST(Programs, CustomLayerChecksItself) {
  const Outcome outcome = run_program("custom_layer");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors << outcome.output;
  EXPECT_NE(outcome.output.find("agree"), std::string::npos) << outcome.output;
  EXPECT_NE(outcome.output.find("18 mutants, noticed             0    14        14         18"), std::string::npos)
      << outcome.output;
  // Both trainings are one; each row is noticed by what it says, and the factor is of the loss that is usual.
  int yes[5] = {}, totals[5] = {}, rows = 0;
  for (const std::string& line : lines(outcome.output)) {
    std::smatch cells;
    if (std::regex_match(line, cells, std::regex(" +\\d+ +([\\d.]+) +([\\d.]+)"))) {
      EXPECT_NEAR(std::stod(cells[1]), std::stod(cells[2]), 2e-6) << line;
      ++rows;
    }
    if (std::regex_match(line, cells, std::regex(".* (-|yes) +(-|yes) +(-|yes) +(-|yes) +(-|yes) +([\\d.]+) x"))) {
      for (std::size_t i = 0; i < 5; ++i) yes[i] += cells[i + 1] == "yes";
      EXPECT_EQ(cells[5] == "yes", std::stod(cells[6]) > 2) << line;
      if (line.find("only at the first call") != std::string::npos) {
        EXPECT_EQ(cells[6], "1.00") << line;  // there is no second
      }
    }
    if (std::regex_match(line, cells, std::regex("18 mutants, noticed +(\\d+) +(\\d+) +(\\d+) +(\\d+) +(\\d+)"))) {
      for (std::size_t i = 0; i < 5; ++i) totals[i] = std::stoi(cells[i + 1]);
    }
  }
  EXPECT_EQ(rows, 9);
  EXPECT_EQ(std::vector(yes, yes + 5), std::vector(totals, totals + 5)) << outcome.output;
}

TEST(Programs, BugMuseumMakesMutantsOfOtherLayers) {
  const Outcome outcome = run_program("bug_museum --mutate LayerNorm");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_NE(outcome.output.find("25 mutants, noticed             0    18        19         25"), std::string::npos)
      << outcome.output;
}

// For several batches: among them few samples, large eps and many features.
TEST(Programs, AllEquationsOfTheDerivationAgree) {
  for (const std::string flags : {"", "--n 3 --c 20", "--n 100 --c 2 --seed 7", "--eps 1 --n 8", "--eps 0 --n 16"}) {
    const Outcome outcome = run_program("batchnorm_derivation --no-timing " + flags);
    EXPECT_EQ(outcome.exit_code, 0) << flags << outcome.errors << outcome.output;
    for (int equation = 1; equation <= 10; ++equation) {
      EXPECT_NE(outcome.output.find("\n(" + std::to_string(equation) + ") "), std::string::npos) << equation;
    }
    EXPECT_NE(outcome.output.find("All forms agree"), std::string::npos) << outcome.output;
  }
  EXPECT_EQ(run_program("batchnorm_derivation --n 2").exit_code, 2);
}

TEST(Programs, CovariateShiftDrawsTheFigure) {
  const TemporaryFolder folder;
  const std::string command = "covariate_shift --steps 40 --every 20 --svg " + (folder / "c.svg").string();
  const Outcome outcome = run_program(command);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  const auto without_times = [](const std::string& text) {  // some rows end in "   1.2 s left"
    std::string rows;
    for (const std::string& line : lines(text)) {
      rows += line.substr(0, line.ends_with(" left") ? line.rfind("   ") : std::string::npos) + '\n';
    }
    return rows;
  };
  EXPECT_EQ(without_times(outcome.output), without_times(run_program(command).output));
  EXPECT_EQ(read_file(folder / "c.svg").find("<svg"), 0u);
}

// Written pages are looked at by tests/pages/documents_test.js.
TEST(Programs, APageThatCannotBeWrittenIsSaidBeforeTheWork) {
  for (const std::string program : {"covariate_shift", "bug_museum", "batchnorm_terms"}) {
    const Outcome outcome = run_program(program + " --report /no/such/folder/p.html");
    EXPECT_EQ(outcome.exit_code, 1) << program;
    EXPECT_EQ(outcome.output, "") << program;
    EXPECT_NE(outcome.errors.find("/no/such/folder/p.html"), std::string::npos) << outcome.errors;
  }
}

// One row for each normalization; the gradient stands at right angles to the weights unless a term is left out.
TEST(Programs, BatchNormTermsMeasuresThem) {
  const Outcome whole = run_program("batchnorm_terms --images 640 --hidden 16 --epochs 1");
  EXPECT_EQ(whole.exit_code, 0) << whole.errors;
  EXPECT_NE(whole.output.find("The gradient stands at right angles to the weights"), std::string::npos) << whole.output;
  EXPECT_NE(whole.output.find("A step at right angles can only lengthen"), std::string::npos) << whole.output;
  const Outcome less = run_program("batchnorm_terms --images 640 --hidden 16 --epochs 1 --without mean-term");
  EXPECT_NE(less.output.find("no longer stands at right angles"), std::string::npos) << less.output;
  EXPECT_EQ(run_program("batchnorm_terms --report x.html --without both").exit_code, 2);
}

TEST(Programs, BugMuseumShowsThatEveryBugIsCaught) {
  const Outcome outcome = run_program("bug_museum --steps 5 --mnist-steps 0");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  // Of the last column: every bug but "none" is caught, also in a layer as it is made.
  EXPECT_NE(
      outcome.output.find("none                                 -        -        -        -   -                    -"),
      std::string::npos)
      << outcome.output;
  EXPECT_NE(outcome.output.find("caught, of 17"), std::string::npos) << outcome.output;
  EXPECT_NE(outcome.output.find("gradcheck\ncatches as many."), std::string::npos) << outcome.output;
  const auto trained = [&](const std::string& name) {  // accuracy, and the difference beside it
    const std::size_t row = outcome.output.find('\n' + name + ' ', outcome.output.find("accuracy after"));
    std::istringstream in(outcome.output.substr(row + 1 + name.size()));
    std::string percent;
    std::pair<double, double> numbers;
    in >> numbers.first >> percent >> numbers.second;
    return numbers;
  };
  // Each total is what stands above it; "> 10" is more than any tolerance, of which that of floats is about 1e-3.
  const std::regex row(
      "(.*?) +(-|> 10|\\de[-+]\\d+) +(-|> 10|\\de[-+]\\d+) +(-|> 10|\\de[-+]\\d+) +(-|> 10|\\de[-+]\\d+) +"
      "(-|[\\d ]+[\\d]) +(-|caught)");
  int rows = 0, caught[6] = {}, in_float[4] = {};
  const auto value = [](const std::string& cell) { return cell == "-" ? 0 : cell == "> 10" ? 10 : std::stod(cell); };
  for (const std::string& line : lines(outcome.output)) {
    std::smatch cells;
    if (!std::regex_match(line, cells, row)) continue;
    ++rows;
    for (std::size_t i = 0; i < 6; ++i) caught[i] += cells[i + 2] != "-";
    for (std::size_t i = 0; i < 4; ++i) in_float[i] += value(cells[i + 2]) > 1.5e-3;
    const std::string name = cells[1];
    EXPECT_LT(trained(name).second - (trained(name).first - trained("none").first), 0.011) << name;
    EXPECT_GT(trained(name).second - (trained(name).first - trained("none").first), -0.011) << name;
    // What returns 0 is wrong by the whole of the largest gradient; sum(y) has dx = 0, where that is right.
    if (name == "zero returned") {
      EXPECT_TRUE(cells[2] == "-" && cells[4] == "1e+00" && cells[5] == "1e+00") << line;
    }
  }
  EXPECT_EQ(rows, 18);
  const auto totals = [&](const std::string& name) {
    std::istringstream in(outcome.output.substr(outcome.output.find(name) + name.size()));
    std::vector<int> numbers;
    for (int number = 0; in.peek() != '\n' && in >> number;) numbers.push_back(number);
    return numbers;
  };
  EXPECT_EQ(totals("caught, of 17"), std::vector(caught, caught + 6));
  EXPECT_EQ(totals("with the tolerance of float"), std::vector(in_float, in_float + 4));
  EXPECT_LT(trained("zero returned").second, 0);
}

}  // namespace
}  // namespace gradus::testing
