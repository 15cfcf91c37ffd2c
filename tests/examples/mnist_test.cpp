// The first program that a visitor reads, and where it and the others find their images.
#include "error_of.h"
#include "examples/train_mnist_run.h"

#include <gradus/examples/data/mnist.h>

#include <gmock/gmock.h>

namespace gradus::testing {
namespace {

class Mnist : public TrainMnist {};

TEST_F(Mnist, PrintsALineAnEpochAndLearns) {
  const Outcome outcome = run_program("mnist " + folder_.string());
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  std::vector<double> accuracies;
  for (const std::string& line : lines(outcome.output)) {
    if (!line.starts_with("epoch ")) continue;
    const std::string before = "accuracy on new images ";
    EXPECT_THAT(line, ::testing::MatchesRegex("epoch [1-5]   loss [0-9.]+   " + before + "[0-9.]+ %"));
    accuracies.push_back(std::stod(line.substr(line.find(before) + before.size())));
  }
  ASSERT_EQ(accuracies.size(), 5u) << outcome.output;
  EXPECT_EQ(accuracies.back(), 100) << outcome.output;
  EXPECT_EQ(run_program("mnist " + folder_.string()).output, outcome.output);
}

TEST_F(Mnist, FailsInOneLine) {
  const Outcome outcome = run_program("mnist /nowhere");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.output, "");
  EXPECT_EQ(outcome.errors,
            "mnist: cannot find train-images; tried /nowhere/train-images-idx3-ubyte, "
            "/nowhere/train-images.idx3-ubyte\n");
}

TEST_F(Mnist, FirstFolderWithImagesIsTheDefault) {
  EXPECT_EQ(examples::first_data_dir({"/nowhere", folder_.string(), "/elsewhere"}), folder_.string());
  EXPECT_EQ(error_of<std::runtime_error>([] {
              examples::first_data_dir({"/nowhere", "build/nothing"});
            }),
            "cannot find MNIST's files; tried the folders /nowhere, build/nothing (--data-dir names another)");
}

TEST_F(Mnist, IsLookedForBesideAProgramThatWasMoved) {
  std::vector<std::string> folders = examples::mnist_folders("/moved/build/examples/mnist");
  ASSERT_EQ(folders.size(), 4u);
  EXPECT_EQ(folders[1], "/moved/build/data/mnist");
  folders.erase(folders.begin() + 1);
  EXPECT_EQ(examples::mnist_folders(""), folders);
}

TEST_F(Mnist, AFolderWithADotInTheNamesIsOneToo) {
  const TemporaryFolder dotted;
  std::ofstream(dotted / "train-images.idx3-ubyte") << "x";
  EXPECT_EQ(examples::first_data_dir({dotted.string(), folder_.string()}), dotted.string());
}

TEST_F(Mnist, ComesWithTheBuild) {
  const Dataset data = examples::load_mnist();
  EXPECT_EQ(data.train.count, 60000);
  EXPECT_EQ(data.test.count, 10000);
  EXPECT_EQ(data.train.classes, 10);
  EXPECT_EQ(examples::load_mnist(folder_.string()).train.count, 200);
}

}  // namespace
}  // namespace gradus::testing
