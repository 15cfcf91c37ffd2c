// ablation on a data set of 200 + 50 images, run as a user would.
#include "examples/train_mnist_run.h"

#include <gtest/gtest.h>

namespace gradus::testing {
namespace {

class Ablation : public TrainMnist {
 protected:
  std::string flags(const std::string& recipe = "") {
    return "--data-dir " + folder_.string() + " --results " + path("r") +
           " --validation 50 --epochs 2 --threads 1 --recipe='--hidden 8 --batch-size 20 " + recipe + "' ";
  }
  Outcome ablation(const std::string& more = "", const std::string& recipe = "") {
    return run_program("ablation " + flags(recipe) + more);
  }
  // The lines of the results without what differs from run to run.
  std::vector<std::string> results() {
    std::vector<std::string> list = lines(read_file(path("r")));
    for (std::string& line : list) {
      line = line.substr(0, line.find("\"seconds\"")) + line.substr(line.find("\"failure\""));
    }
    return list;
  }
};

std::string result_of(const std::vector<std::string>& results, const std::string& name, int seed) {
  for (const std::string& line : results) {
    const Json json = parse_json(line);
    if (*json.find("name")->string() == name && *json.find("seed")->integer() == seed) return line;
  }
  ADD_FAILURE() << "no result of " << name << " from seed " << seed;
  return "{}";
}

std::string table_of(const Outcome& outcome) { return outcome.output.substr(outcome.output.find("  seeds ")); }

TEST_F(Ablation, TrainsEveryVariantFromEverySeedAndKeepsIt) {
  const Outcome first = ablation("--seeds 2 --html " + path("page.html"));
  ASSERT_EQ(first.exit_code, 0) << first.errors;
  EXPECT_EQ(first.output.find("11 recipes, 2 seeds: 22 runs, each of 2 epochs on 150 training images"), 0u)
      << first.output;
  EXPECT_NE(first.output.find("22 to do take about "), std::string::npos) << first.output;
  EXPECT_NE(read_file(path("page.html")).find("no label smoothing"), std::string::npos);
  const std::vector<std::string> kept = results();
  ASSERT_EQ(kept.size(), 22u);

  const Outcome again = ablation("--seeds 2");
  EXPECT_NE(again.output.find("22 of them are in "), std::string::npos) << again.output;
  EXPECT_EQ(again.output.find("to do take about"), std::string::npos);
  EXPECT_EQ(table_of(again).substr(0, table_of(again).find("\n\n")),
            table_of(first).substr(0, table_of(first).find("\n\n")));
  EXPECT_EQ(results(), kept);

  // A single one that is missing is trained.
  const std::string all = read_file(path("r"));
  std::ofstream(path("r")) << all.substr(0, all.rfind('\n', all.size() - 2) + 1);
  ASSERT_EQ(results().size(), 21u);
  EXPECT_EQ(ablation("--seeds 2").exit_code, 0);
  EXPECT_EQ(results(), kept);

  // Others are added, and those of other flags stay.
  EXPECT_NE(ablation("--seeds 3").output.find("22 of them"), std::string::npos);
  EXPECT_NE(ablation("--seeds 1", "--dropout 0").output.find("10 recipes"), std::string::npos);
  EXPECT_EQ(results().size(), 33u + 9u);  // all but one anew: the recipe was "no dropout" before
}

// Mean and deviation are those of the numbers in the file, and of this data alone.
TEST_F(Ablation, TheTableIsOfWhatIsKept) {
  ASSERT_EQ(ablation("--seeds 2").exit_code, 0);
  std::string changed;
  for (std::string line : lines(read_file(path("r")))) {
    const Json json = parse_json(line);
    if (*json.find("name")->string() == "the recipe") {
      line.resize(line.find("\"held_out_accuracy\""));
      line += *json.find("seed")->integer() == 1 ? "\"held_out_accuracy\": [0.1, 0.5]}"
                                                 : "\"held_out_accuracy\": [0.1, 0.9]}";
    }
    changed += line + '\n';
  }
  std::ofstream(path("r")) << changed;
  const std::string table = table_of(ablation("--seeds 2"));  // 40 / sqrt(2), over n - 1
  EXPECT_NE(table.find("  2    70.00 ± 28.28"), std::string::npos) << table;

  changed.insert(changed.find("\"data\": \"") + 9, "other ");
  std::ofstream(path("r")) << changed;
  const Outcome again = ablation("--seeds 2");
  EXPECT_NE(again.output.find("21 of them are in "), std::string::npos) << again.output;
}

// It is that program's training: the same numbers for the same flags and seed.
TEST_F(Ablation, HasTheNumbersOfTrainMnist) {
  ASSERT_EQ(ablation("--seeds 2").exit_code, 0);
  const std::pair<std::string, std::string> same[] = {{"the recipe", ""},
                                                      {"constant rate", "--schedule constant"},
                                                      {"coupled weight decay (Adam)", "--optimizer adam"},
                                                      {"no batch normalization", "--no-bn"}};
  for (const auto& [name, changed] : same) {
    ASSERT_EQ(run_program("train_mnist --data-dir " + folder_.string() + " --hidden 8 --batch-size 20 --validation 50" +
                          " --epochs 2 --seed 2 --quiet --metrics " + path("m") + " " + changed)
                  .exit_code,
              0);
    const std::vector<std::string> epochs = lines(read_file(path("m")));
    const Json result = parse_json(result_of(results(), name, 2));
    for (const auto& [key, metric] : {std::pair{"train_loss", "train_loss"},
                                      {"held_out_loss", "test_loss"},
                                      {"held_out_accuracy", "test_accuracy"}}) {
      const Json::Array& list = *result.find(key)->array();
      ASSERT_EQ(list.size(), epochs.size());
      for (std::size_t i = 0; i < list.size(); ++i) {
        const std::int64_t* integer = list[i].integer();
        const double value = integer ? static_cast<double>(*integer) : std::get<double>(list[i].value);
        EXPECT_EQ(value, field(epochs[i], metric)) << name << ", " << key;
      }
    }
  }
}

TEST_F(Ablation, StoppedAndStartedAgainItGoesOn) {
  const std::vector<std::string> words = {"--data-dir=" + folder_.string(),
                                          "--results=" + path("r"),
                                          "--seeds=1",
                                          "--validation=50",
                                          "--epochs=300",
                                          "--threads=1",
                                          "--recipe=--hidden 8 --batch-size 20"};
  const auto some = [&] { return std::filesystem::exists(path("r")) && !read_file(path("r")).empty(); };
  const Outcome stopped = signalled_program("ablation", words, some, SIGINT);
  EXPECT_EQ(stopped.exit_code, 130);
  EXPECT_NE(stopped.output.find("not yet run"), std::string::npos) << stopped.output;
  EXPECT_NE(stopped.output.find("interrupted: the same command goes on"), std::string::npos);
  const std::vector<std::string> before = results();
  ASSERT_GE(before.size(), 1u);
  ASSERT_LT(before.size(), 11u);

  std::string command = "ablation";
  for (const std::string& word : words) command += " '" + word + "'";
  const Outcome rest = run_program(command);
  EXPECT_EQ(rest.exit_code, 0) << rest.errors;
  EXPECT_NE(rest.output.find(std::to_string(before.size()) + " of them are in"), std::string::npos) << rest.output;
  const std::vector<std::string> after = results();
  ASSERT_EQ(after.size(), 11u);
  EXPECT_TRUE(std::equal(before.begin(), before.end(), after.begin()));
  std::filesystem::remove(path("r"));
  ASSERT_EQ(run_program(command).exit_code, 0);
  EXPECT_EQ(results(), after) << "without a stop";
}

TEST_F(Ablation, ComparesOptimizers) {
  const Outcome outcome = ablation("--seeds 1 --compare optimizers");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_EQ(outcome.output.find("6 recipes, 1 seed"), 0u) << outcome.output;  // adamw is the recipe
  for (const char* name : {"sgd without momentum", "sgd, momentum 0.9", "rmsprop", "adam", "muon"}) {
    EXPECT_NE(table_of(outcome).find(std::string("\n") + name), std::string::npos) << name;
  }
}

TEST_F(Ablation, ATrainingThatDivergesIsAResult) {
  const Outcome outcome = ablation("--seeds 1", "--optimizer sgd --lr 1e30 --no-bn");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_NE(outcome.output.find("its numbers did not stay finite"), std::string::npos) << outcome.output;
  EXPECT_NE(result_of(results(), "the recipe", 1).find("\"failure\": \"the loss is"), std::string::npos);
  EXPECT_NE(ablation("--seeds 1", "--optimizer sgd --lr 1e30 --no-bn").output.find(" of them are in"),
            std::string::npos);
}

TEST_F(Ablation, RefusesWrongInputInOneLineAndLosesNothing) {
  const std::pair<std::string, std::string> wrong[] = {
      {"--quick", "ablation: --quick: is --epochs 3 --seeds 1, so neither goes with it\n"},
      {"--seeds 0", "ablation: --seeds: "},
      {"--results=''", "ablation: --results: "},
  };
  for (const auto& [more, expected] : wrong) {
    const Outcome outcome = ablation(more);
    EXPECT_EQ(outcome.exit_code, 2) << more;
    EXPECT_EQ(outcome.errors.find(expected), 0u) << outcome.errors;
    EXPECT_EQ(outcome.output, "");
  }
  const Outcome file = ablation("", "--save x");
  EXPECT_EQ(file.exit_code, 2);
  EXPECT_EQ(file.errors, "ablation: --recipe: \"--save\" is no part of a recipe\n");
  EXPECT_EQ(ablation("", "--dropout 2").errors.find("ablation: --recipe: --dropout: expected "), 0u);
  EXPECT_EQ(ablation("", "--batch-size=151").errors.find("ablation: --recipe: --batch-size: given twice"), 0u);
  const Outcome large = run_program("ablation --data-dir " + folder_.string() + " --results " + path("r"));
  EXPECT_EQ(large.exit_code, 2);
  EXPECT_EQ(large.errors.find("ablation: --validation: 10000 of 200 training images"), 0u) << large.errors;

  for (const std::string text : {"not JSON\n", "{\"name\": \"x\"}\n", "[]\n"}) {
    std::ofstream(path("r"), std::ios::binary) << text;
    const Outcome outcome = ablation("--seeds 1");
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_EQ(outcome.errors.find("ablation: " + path("r") + ": result 1 is not of this program: "), 0u)
        << outcome.errors;
    EXPECT_EQ(read_file(path("r")), text);
  }
}

TEST(Optimizers, PrintsWhereEachOneIs) {
  const Outcome outcome = run_program("optimizers --steps 0");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  // Where nobody has moved, all losses are those at the start.
  for (const char* name : {"start", "sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw", "muon"}) {
    const std::size_t at = outcome.output.find("\n" + std::string(name) + " ");
    ASSERT_NE(at, std::string::npos) << name;
    EXPECT_EQ(outcome.output.substr(at + 11, 66), "       31.2       31.2       3.39       1.53      0.993       7.62");
  }
  EXPECT_EQ(run_program("optimizers --steps 201").exit_code, 2);
  EXPECT_EQ(run_program("optimizers --html no/such/folder.html").exit_code, 1);
}

}  // namespace
}  // namespace gradus::testing
