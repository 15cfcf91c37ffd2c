// The program gradcheck_microscope: for every operation and layer the curve that numerical analysis predicts.
#include "examples/run_program.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

using gradus::testing::Outcome;
using gradus::testing::read_file;
using gradus::testing::run_program;
using gradus::testing::TemporaryFolder;

namespace {

// The number behind some words of the output, in which lines are broken anywhere.
double number_after(std::string text, const std::string& words) {
  for (char& c : text) {
    if (c == '\n') c = ' ';
  }
  const std::size_t at = text.find(words);
  EXPECT_NE(at, std::string::npos) << "\"" << words << "\" is not in: " << text;
  return at == std::string::npos ? 0 : std::stod(text.substr(at + words.size()));
}

bool mentions(const Outcome& outcome, const std::string& words) {
  return outcome.output.find(words) != std::string::npos;
}

// Where along an element the function bends, there is truncation, and the best steps are the cube roots of epsilon.
void expect_valley(const std::string& what) {
  const Outcome outcome = run_program("gradcheck_microscope " + what);
  ASSERT_EQ(outcome.exit_code, 0) << what << ": " << outcome.errors;
  EXPECT_NEAR(number_after(outcome.output, "the error grows as h^"), 2, 0.1) << what;
  EXPECT_NEAR(number_after(outcome.output, "it grows again, as h^"), -1, 0.15) << what;
  EXPECT_NEAR(number_after(outcome.output, "in float, h^"), -1, 0.1) << what;
  const double in_float = number_after(outcome.output, "In float the best step is ");
  const double in_double = number_after(outcome.output, "In double the best step is ");
  EXPECT_TRUE(in_float > 1e-3 && in_float < 0.05) << what << ' ' << in_float;
  EXPECT_TRUE(in_double > 1e-6 && in_double < 1e-4) << what << ' ' << in_double;
  EXPECT_LT(number_after(outcome.output, "in float, is off by "), 1e-6) << what;
}

// Without truncation no step is too large.
void expect_slope_only(const std::string& what) {
  const Outcome outcome = run_program("gradcheck_microscope " + what);
  ASSERT_EQ(outcome.exit_code, 0) << what << ": " << outcome.errors;
  EXPECT_TRUE(mentions(outcome, "There is no truncation error")) << what;
  EXPECT_GT(number_after(outcome.output, "In double the best step is "), 0.01) << what;
}

TEST(GradcheckMicroscope, FindsTheValleyOfWhatBends) {
  for (const char* name :
       {"div", "pow", "exp", "log", "sqrt", "sigmoid", "tanh", "softmax", "log_softmax", "cross_entropy"}) {
    expect_valley(std::string("--op ") + name);
  }
  for (const char* name : {"sigmoid", "tanh", "batch_norm", "mlp"}) expect_valley(std::string("--layer ") + name);
  expect_valley("--op tanh --seed 7");
}

TEST(GradcheckMicroscope, EverySeedHasNumbersOfItsOwn) {
  const auto output = [](const std::string& flags) {
    return run_program("gradcheck_microscope --op tanh" + flags).output;
  };
  EXPECT_EQ(output(" --seed 1"), output(""));
  EXPECT_NE(output(" --seed 7"), output(""));
}

TEST(GradcheckMicroscope, FindsNoTruncationInPolynomialsOfDegreeTwo) {
  for (const char* name : {"add", "sub", "mul", "neg", "matmul", "transpose", "reshape", "sum", "mean", "mse"}) {
    expect_slope_only(std::string("--op ") + name);
  }
  for (const char* name : {"linear", "dropout"}) expect_slope_only(std::string("--layer ") + name);
}

TEST(GradcheckMicroscope, MarksKinks) {
  for (const auto& [what, elements] :
       {std::pair("--op relu", "x[1, 1] lies beside a kink"), std::pair("--layer relu", "x[1, 1] lies beside a kink"),
        std::pair("--op max", "x[0, 2] and x[0, 3] lie beside a kink")}) {
    expect_slope_only(what);
    const Outcome outcome = run_program(std::string("gradcheck_microscope ") + what);
    EXPECT_TRUE(mentions(outcome, elements)) << what << outcome.output;
    EXPECT_NEAR(number_after(outcome.output, "beside a kink, "), 3.0 / 1024, 1e-4);
    EXPECT_GT(number_after(outcome.output, "every precision, by up to "), 0.1);
  }
}

TEST(GradcheckMicroscope, SaysThatABackwardIsWrong) {
  const Outcome outcome = run_program("gradcheck_microscope --layer batch_norm_broken");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_TRUE(mentions(outcome, "At no step do central differences and backpropagation agree")) << outcome.output;
  EXPECT_FALSE(mentions(outcome, "best in double"));
}

TEST(GradcheckMicroscope, WritesAPictureAndAPage) {
  const TemporaryFolder folder;
  const std::string svg = (folder / "v.svg").string(), html = (folder / "v.html").string();
  const Outcome outcome = run_program("gradcheck_microscope --op relu --svg " + svg + " --html " + html);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_EQ(read_file(svg).rfind("<svg ", 0), 0U);
  EXPECT_NE(read_file(svg).find("distance to the kink"), std::string::npos);
  EXPECT_EQ(read_file(svg).find("Lnan"), std::string::npos);
  EXPECT_EQ(read_file(html).rfind("<!doctype html>", 0), 0U);
}

TEST(GradcheckMicroscope, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(run_program("gradcheck_microscope --op convolution").exit_code, 2);
  const Outcome both = run_program("gradcheck_microscope --op relu --layer relu");
  EXPECT_EQ(both.exit_code, 2);
  EXPECT_EQ(both.errors, "gradcheck_microscope: --layer: not together with --op: one thing at a time\n");
  EXPECT_EQ(run_program("gradcheck_microscope --svg /nonexistent/v.svg").exit_code, 1);
}

}  // namespace
