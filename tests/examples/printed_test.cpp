// What programs print for a seed, number by number: reference/make_programs.py has computed it again, in PyTorch.
#include "examples/printed_text.h"
#include "examples/train_mnist_run.h"

#include <algorithm>

namespace gradus::testing {
namespace {

const std::filesystem::path folder = std::filesystem::path(GRADUS_TEST_DIR) / "reference/programs";

class Printed : public TrainMnist {
 protected:
  std::string with_folders(const std::string& text) {
    return replaced(replaced(text, "DATA", folder_.string()), "HERE", folder.string());
  }
};

class PrintedByPrograms : public Printed, public ::testing::WithParamInterface<const char*> {};

TEST_P(PrintedByPrograms, IsWhatPyTorchComputes) {
  const std::string text = with_folders(read_file(folder / (GetParam() + std::string(".txt"))));
  ASSERT_FALSE(text.empty());
  const std::size_t line = text.find('\n');
  const Outcome outcome = run_program(text.substr(0, line));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_EQ(where_they_differ(outcome.output + outcome.errors, text.substr(line + 1)), "");
}

INSTANTIATE_TEST_SUITE_P(Programs, PrintedByPrograms,
                         ::testing::Values("batchnorm_terms", "batchnorm_terms_adam", "batchnorm_terms_both",
                                           "batchnorm_terms_decay", "batchnorm_terms_mean", "batchnorm_terms_xhat",
                                           "covariate_shift", "initialization", "names_gpt", "names_mlp", "spirals",
                                           "train_mnist", "train_table_kind", "train_table_y", "xor"),
                         [](const auto& each) { return std::string(each.param); });

// What a flag says is done, and not only printed: the numbers behind a mark are other ones with it.
TEST_F(Printed, EveryFlagCounts) {
  struct Program {
    std::string command, mark;
    std::vector<std::string> flags;
  };
  const Program programs[] = {
      {"spirals", "step", {"--points 20", "--noise 0.1", "--steps 300", "--lr 0.01", "--seed 2"}},
      {"covariate_shift --data-dir DATA --steps 40",
       "step",
       {"--every 30", "--batch-size 20", "--lr 1", "--deviation 0.5", "--unit 5", "--seed 2"}},
      {"batchnorm_terms --data-dir DATA",
       "epoch",
       {"--optimizer adam", "--lr 0.1", "--weight-decay 0.01", "--epochs 2", "--batch-size 20", "--images 150",
        "--hidden 5", "--seed 2", "--without both"}},
      {"train_table HERE/table.csv",
       "epoch",
       {"--target kind", "--hidden 3", "--epochs 50", "--patience 1", "--batch-size 4", "--lr 0.01",
        "--weight-decay 0.5", "--seed 2", "--task classification --target kind"}},
      {"bug_museum --steps 9 --mnist-steps 0", "How training goes", {"--seed 2"}},
      {"custom_layer", "step", {"--steps 100", "--seed 2"}},
      {"batchnorm_derivation --no-timing", "What a correct", {"--n 20", "--c 5", "--eps 0.1", "--seed 2"}},
      {"optimizers", "start", {"--steps 50"}},
      {"gradcheck_microscope --op exp", "step h", {"--seed 2"}},
  };
  for (const auto& [command, mark, flags] : programs) {
    const auto numbers = [&, command = command, mark = mark](const std::string& flag) {
      const Outcome outcome = run_program(with_folders(command + " " + flag));
      EXPECT_EQ(outcome.exit_code, 0) << command << ' ' << flag << outcome.errors;
      return outcome.output.substr(std::min(outcome.output.find(mark), outcome.output.size()));
    };
    const std::string usual = numbers("");
    for (const std::string& flag : flags) EXPECT_NE(numbers(flag), usual) << command << ' ' << flag;
  }
}

TEST(PrintedText, ADifferenceIsSeen) {
  EXPECT_EQ(where_they_differ("a  12.34 %  2e-03\nb 7", "a 12.33 % 2e-03\nb #"), "");
  for (const char* other : {"a 12.3 %", "a 12.36 %", "a 12.34 %\nb", "a -12.34 %", "b 12.34 %", "a 12.34", ""}) {
    EXPECT_NE(where_they_differ(other, "a 12.34 %"), "") << other;
  }
}

}  // namespace
}  // namespace gradus::testing
