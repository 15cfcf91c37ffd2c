// The benchmark: that its numbers belong together. How large they are depends on the machine.
#include "examples/run_program.h"

#include <gradus/core/io/json.h>
#include <gradus/examples/batchnorm_derivation/timing.h>

#include <gtest/gtest.h>

#include <regex>

namespace gradus::testing {
namespace {

double number(const Json& line, const char* key) {
  const Json* value = line.find(key);
  EXPECT_TRUE(value) << key;
  if (!value) return -1;
  return value->integer() ? static_cast<double>(*value->integer()) : std::get<double>(value->value);
}

// What a line of the output has in the places of the parentheses.
std::vector<double> numbers(const std::string& output, const std::string& pattern) {
  std::smatch found;
  EXPECT_TRUE(std::regex_search(output, found, std::regex(pattern))) << pattern << " in " << output;
  std::vector<double> result;
  for (std::size_t i = 1; i < found.size(); ++i) result.push_back(std::stod(found[i]));
  return result;
}

TEST(Benchmark, MeasuresWhatItIsTold) {
  const TemporaryFolder folder;
  const Outcome outcome = run_program("benchmark adam --threads 3 --json " + (folder / "b").string());
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_NE(outcome.output.find(", 3 thread(s)\n"), std::string::npos) << outcome.output;
  EXPECT_EQ(outcome.output.find("matrix product"), std::string::npos) << outcome.output;
  const auto adam =
      numbers(outcome.output, "Adam on 235530 parameters: best ([\\d.]+) us, median ([\\d.]+) us \\(([\\d.]+) GB/s\\)");
  ASSERT_EQ(adam.size(), 3u);
  EXPECT_GT(adam[0], 0);
  EXPECT_LE(adam[0], adam[1]);
  EXPECT_NEAR(adam[2], 7e-3 * sizeof(float) * 235530 / adam[0], 0.06 + 0.01 * adam[2]);
  const std::vector<std::string> json = lines(read_file(folder / "b"));
  ASSERT_EQ(json.size(), 1u);
  EXPECT_NEAR(number(parse_json(json[0]), "adam_us"), adam[0], 0.051);
  EXPECT_EQ(number(parse_json(json[0]), "parameters"), 235530);
}

// Two for each multiply-add of 128 images: forward and the weights' gradients, and those of the input but of the first
// layer: 28 x 28 places of 16 filters of 9, 14 x 14 of 32 of 16 x 9, and 1568 x 10.
TEST(Benchmark, AStepIsToldByItsOperations) {
  const TemporaryFolder folder;
  const Outcome outcome = run_program("benchmark cnn --threads 1 --json " + (folder / "b").string());
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  const double flop = 2.0 * 128 * (2 * 28 * 28 * 16 * 9 + 3 * 14 * 14 * 32 * 16 * 9 + 3 * 1568 * 10);
  const std::vector<std::string> json = lines(read_file(folder / "b"));
  const Json step = parse_json(json.back());
  EXPECT_EQ(number(step, "flop"), flop);

  std::string rows;
  for (std::size_t i = 0; i + 1 < json.size(); ++i) {
    const Json row = parse_json(json[i]);
    const std::string name = *row.find("operation")->string(), layer = *row.find("layer")->string();
    rows += name + ' ' + layer + '\n';
    const double forward = number(row, "forward_us"), backward = number(row, "backward_us");
    const auto printed = numbers(outcome.output, name + " +" + layer + " +([\\d.]+) +([\\d.]+)\n");
    ASSERT_EQ(printed.size(), 2u);
    EXPECT_NEAR(printed[0], forward, 0.051) << layer;
    EXPECT_NEAR(printed[1], backward, 0.051) << layer;
  }
  EXPECT_EQ(rows,
            "reshape 0.unflatten\nconv2d 1.conv2d\nbatch_norm 2.batchnorm2d\nrelu 3.relu\nmax_pool2d 4.maxpool2d\n"
            "conv2d 5.conv2d\nbatch_norm 6.batchnorm2d\nrelu 7.relu\nmax_pool2d 8.maxpool2d\nreshape 9.flatten\n"
            "linear 10.linear\ncross_entropy \n");
  const auto whole = numbers(outcome.output, "whole step: best ([\\d.]+), median ([\\d.]+); ([\\d.]+) MFLOP");
  ASSERT_EQ(whole.size(), 3u);
  EXPECT_LE(whole[0], whole[1]);
  EXPECT_NEAR(whole[1], number(step, "step_us"), 0.051);
  EXPECT_NEAR(whole[2], flop * 1e-6, 0.051);
  EXPECT_NEAR(numbers(outcome.output, "an epoch of 468 such steps: ([\\d.]+) s").at(0), 468e-6 * whole[1], 0.0051);
}

// How long each takes depends on what else the machine does.
TEST(Benchmark, BackwardsOfBatchNormAreTimed) {
  const examples::BatchNormTimes t = examples::time_batch_norm_backward(500, 400);
  for (const double microseconds : {t.staged, t.simplified, t.fused, t.copy}) EXPECT_GT(microseconds, 0);
}

}  // namespace
}  // namespace gradus::testing
