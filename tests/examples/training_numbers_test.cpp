// What train_mnist says of a training is what happened: losses, accuracies, the order of the images, and the remarks.
#include "error_of.h"
#include "examples/train_mnist_run.h"

#include <gradus/core/io/checkpoint.h>
#include <gradus/examples/train_mnist/training.h>

#include <gmock/gmock.h>

#include <numeric>

namespace gradus::testing {
namespace {

using ::testing::HasSubstr;

class TrainingNumbers : public TrainMnist {
 protected:
  std::string metrics(const std::string& flags) {
    const Outcome outcome = run("--quiet --metrics " + path("m") + " " + flags);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    return lines(read_file(path("m"))).back();
  }
  std::vector<std::int64_t> order(const std::string& flags) {
    EXPECT_EQ(run("--quiet --epochs 1 --checkpoint " + path("c") + " " + flags).exit_code, 0);
    return std::get<std::vector<std::int64_t>>(*find(load_checkpoint(path("c")).state, "order"));
  }
};

// Steps too small to change a weight: the network is the same in every batch, and evaluated on the same images.
TEST_F(TrainingNumbers, AnEpochsLossAndAccuracyAreMeansOverAllItsImages) {
  const std::string still =
      "--no-bn --dropout 0 --label-smoothing 0 --optimizer sgd --weight-decay 0 --schedule constant --lr 1e-30 ";
  const std::string trained = metrics(still + "--epochs 1");
  for (const std::string file : {"images-idx3-ubyte", "labels-idx1-ubyte"}) {
    std::filesystem::copy_file(folder_ / ("train-" + file), folder_ / ("t10k-" + file),
                               std::filesystem::copy_options::overwrite_existing);
  }
  const std::string evaluated = metrics(still + "--epochs 0");
  EXPECT_NEAR(field(trained, "train_loss"), field(evaluated, "test_loss"), 1e-6);
  EXPECT_DOUBLE_EQ(field(trained, "train_accuracy"), field(evaluated, "test_accuracy"));
}

TEST_F(TrainingNumbers, MetricsHaveNineDigits) {
  examples::EpochMetrics metrics;
  metrics.epoch = 1;
  metrics.train_loss = 1.23456789;
  metrics.learning_rate = 0.00123456789;
  metrics.evaluation.count = 8;
  metrics.evaluation.correct = 1;
  metrics.evaluation.loss = 0.987654321;
  for (const char* text : {"\"train_loss\": 1.23456789,", "\"learning_rate\": 0.00123456789,",
                           "\"test_loss\": 0.987654321,", "\"test_accuracy\": 0.125,"}) {
    EXPECT_THAT(metrics.json(), HasSubstr(text));
  }
}

// The last 50 of the 200 images have other labels than their pictures: who is validated on them errs always.
TEST_F(TrainingNumbers, ValidationIsOnImagesThatWereNotTrainedOn) {
  std::string labels = read_file(path("train-labels-idx1-ubyte"));
  for (std::size_t i = 150; i < 200; ++i) labels[8 + i] = static_cast<char>((i + 1) % 3);
  std::ofstream(path("train-labels-idx1-ubyte"), std::ios::binary) << labels;
  const std::string last = metrics("--epochs 20 --dropout 0 --validation 50");
  EXPECT_EQ(field(last, "test_accuracy"), 0);
  EXPECT_GT(field(last, "train_accuracy"), 0.99);
}

TEST_F(TrainingNumbers, ImagesAreShuffledFromTheSeed) {
  const std::vector<std::int64_t> one = order("--seed 1"), two = order("--seed 2");
  std::vector<std::int64_t> sorted = one, all(200);
  std::iota(all.begin(), all.end(), 0);
  std::ranges::sort(sorted);
  EXPECT_EQ(sorted, all);
  EXPECT_NE(one, all);
  EXPECT_NE(one, two);
  EXPECT_EQ(one, order("--seed 1"));
}

TEST_F(TrainingNumbers, ADryRunIsOneBatch) {
  const std::string line = metrics("--dry-run");
  EXPECT_NEAR(field(line, "samples_per_second") * field(line, "train_seconds"), 20, 0.1);
}

// ---- numbers that go wrong

TEST_F(TrainingNumbers, WeightsAndEstimatesAreCheckedAfterAnEpoch) {
  ASSERT_EQ(run("--quiet --epochs 0 --save " + path("w")).exit_code, 0);
  Safetensors file = load_safetensors(path("w"));
  for (auto& [key, value] : file.state) {  // the output stays finite: s = 1 / sqrt(inf) is 0
    if (key == "1.running_var") std::get<Tensor>(value).set({0}, std::numeric_limits<Scalar>::infinity());
  }
  save_safetensors(path("w"), file.state);
  const Outcome outcome = run("--quiet --epochs 1 --load " + path("w"));
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.errors, HasSubstr("train_mnist: 1.running_var is not finite in epoch 1"));
}

TEST_F(TrainingNumbers, AResumedRunThatExplodesNamesTheCheckpointItBeganWith) {
  // The rate rises until it is too high; the run that resumes from the last good epoch fails at once.
  const std::string flags =
      "--quiet --no-bn --optimizer sgd --lr 1e6 --warm-up 1000000 --epochs 1000 "
      "--schedule constant --checkpoint " +
      path("c");
  const std::string first = run(flags).errors;
  EXPECT_THAT(first, HasSubstr("; " + path("c") + " is as of epoch "));
  EXPECT_EQ(run(flags + " --resume " + path("c")).errors, first);
}

std::size_t remarks(const std::string& output) {
  std::size_t count = 0;
  for (std::size_t at = output.find("remark"); at != std::string::npos; at = output.find("remark", at + 1)) ++count;
  return count;
}

TEST_F(TrainingNumbers, OnlyTheFirstLossIsRemarkedUpon) {
  const Outcome outcome = run("--no-bn --optimizer sgd --lr 20 --epochs 3 --metrics " + path("m"));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  ASSERT_GT(field(lines(read_file(path("m")))[0], "train_loss"), std::log(3) + 1) << "or there was nothing to remark";
  EXPECT_LE(remarks(outcome.output), 1u);
}

// Weights that know already, in a training that does not know of them.
TEST_F(TrainingNumbers, AFirstLossThatIsFarTooLowIsRemarkedUpon) {
  const std::string recipe = "--dropout 0 --label-smoothing 0 ";
  ASSERT_EQ(run("--quiet --epochs 30 " + recipe + "--save " + path("w")).exit_code, 0);
  const Dataset data = load_dataset(folder_.string());
  for (const std::string& load : {std::string(), path("w")}) {
    const examples::Options options = {.epochs = 1,
                                       .batch_size = 20,
                                       .hidden = {16, 8},
                                       .dropout = 0,
                                       .learning_rate = 1e-4,
                                       .label_smoothing = 0,
                                       .load = load};
    examples::Training training(options, data);
    training.load(path("w"));
    ::testing::internal::CaptureStdout();
    examples::Progress progress(examples::ProgressMode::plain);
    const examples::InterruptHandler interrupt;
    examples::EpochMetrics metrics;
    training.run_epoch(progress, interrupt, metrics);
    const std::string output = ::testing::internal::GetCapturedStdout();
    EXPECT_LT(metrics.train_loss, std::log(3) - 1);
    EXPECT_EQ(remarks(output), load.empty() ? 1u : 0u) << output;
  }
}

}  // namespace
}  // namespace gradus::testing
