// train_mnist as a user meets it.
#include "examples/train_mnist_run.h"

#include <gradus/core/io/checksum.h>
#include <gradus/core/kernels/kernels.h>

namespace gradus::testing {
namespace {

TEST_F(TrainMnist, LearnsOtherDataThanMnist) {
  const Outcome outcome = run("--epochs 5 --dropout 0");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_NE(outcome.output.find("200 images to train on, 50 to test on, 5x4, 3 classes"), std::string::npos);
  EXPECT_NE(outcome.output.find("0: Linear(20, 16, bias = false)"), std::string::npos);
  EXPECT_NE(outcome.output.find("epoch 5/5"), std::string::npos);
  EXPECT_NE(outcome.output.find("test accuracy 100.00 % (50 of 50)"), std::string::npos) << outcome.output;
  EXPECT_EQ(outcome.errors, "");
}

TEST_F(TrainMnist, WritesALineOfMetricsAnEpoch) {
  ASSERT_EQ(run("--epochs 3 --quiet --schedule constant --lr 0.002 --metrics " + path("m")).exit_code, 0);
  const std::vector<std::string> metrics = lines(read_file(path("m")));
  ASSERT_EQ(metrics.size(), 3u);
  for (int epoch = 1; epoch <= 3; ++epoch) {
    const std::string& json = metrics[static_cast<std::size_t>(epoch - 1)];
    EXPECT_EQ(field(json, "epoch"), epoch);
    EXPECT_GT(field(json, "train_seconds"), 0);
    EXPECT_NEAR(field(json, "samples_per_second") * field(json, "train_seconds"), 200, 1);
    EXPECT_GT(field(json, "train_loss"), 0);
    EXPECT_GT(field(json, "test_loss"), 0);
    EXPECT_LE(field(json, "train_accuracy"), 1);
    EXPECT_LE(field(json, "test_accuracy"), 1);
    EXPECT_EQ(field(json, "learning_rate"), 0.002);
  }
}

TEST_F(TrainMnist, ZeroEpochsOnlyEvaluate) {
  const Outcome outcome = run("--epochs 0 --metrics " + path("m"));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  const std::vector<std::string> metrics = lines(read_file(path("m")));
  ASSERT_EQ(metrics.size(), 1u);
  EXPECT_EQ(
      metrics[0].find("{\"epoch\": 0, \"train_seconds\": null, \"samples_per_second\": null, \"train_loss\": null, "
                      "\"train_accuracy\": null, \"test_loss\": "),
      0u)
      << metrics[0];
}

TEST_F(TrainMnist, SameSeedSameNumbers) {
  const auto train = [&](const std::string& flags) {
    run("--epochs 2 --quiet " + flags + " --metrics " + path("m"));
    return metrics_without_times(path("m"));
  };
  const std::string once = train("--seed 5");
  EXPECT_EQ(once, train("--seed 5"));
  EXPECT_NE(once, train("--seed 6"));
}

// Layers wide enough to be split between threads, all kernels of a training, and every level that multiplies and adds
// at once: the checksum of the final weights tells.
TEST_F(TrainMnist, SameBitsOnAnyNumberOfThreadsAndAtAnyLevel) {
  const auto train = [&](const std::string& level, const std::string& threads) {
    const Outcome outcome =
        run_program("GRADUS_LEVEL=" + level + " train_mnist --data-dir " + folder_.string() +
                    " --hidden 600,300 --batch-size 100 --epochs 3 --dropout 0.2 --quiet --threads " + threads +
                    " --save " + path("w"));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    return crc32(read_file(path("w")));
  };
  const std::string widest = kernels::supported().back().level;
  const auto expected = train(widest, "1");
  for (const auto& table : kernels::supported()) {
    const std::string level = table.level;
    if (level == "plain" || level == "x86-64-v2") {  // sums in double, and two roundings: the level is obeyed
      EXPECT_NE(train(level, "2"), expected) << level;
      continue;
    }
    for (const char* threads : {"1", "2", "3", "7"}) EXPECT_EQ(train(level, threads), expected) << level << threads;
  }
  EXPECT_NE(train(widest, "1 --seed 2"), expected);
}

// The same for a convolutional net, its optimizer's matrix products and its distorted images; a run that was put down
// after an epoch and taken up again included.
TEST_F(TrainMnist, AConvolutionalNetHasTheSameBitsEverywhere) {
  const std::string net = "train_mnist --data-dir " + folder_.string() +
                          " --model cnn --channels 5,18 --hidden 7 --dropout 0.1 --batch-size 30 --optimizer muon "
                          "--augment --schedule constant --quiet ";
  const auto train = [&](const std::string& level, const std::string& flags) {
    const Outcome outcome = run_program("GRADUS_LEVEL=" + level + " " + net + flags + " --save " + path("w"));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    return crc32(read_file(path("w")));
  };
  const std::string widest = kernels::supported().back().level;
  const auto expected = train(widest, "--epochs 2 --threads 1");
  for (const auto& table : kernels::supported()) {
    const std::string level = table.level;
    if (level == "plain" || level == "x86-64-v2") continue;
    for (const char* threads : {"1", "2", "3"}) {
      EXPECT_EQ(train(level, std::string("--epochs 2 --threads ") + threads), expected) << level << threads;
    }
  }
  train(widest, "--epochs 1 --checkpoint " + path("c"));
  EXPECT_EQ(train(widest, "--epochs 2 --resume " + path("c")), expected);
  const Outcome small = run_program("train_mnist --data-dir " + folder_.string() + " --model cnn --epochs 1");
  EXPECT_EQ(small.errors, "train_mnist: --channels: each block halves the image, and 5x4 cannot be halved 3 times\n");
}

TEST_F(TrainMnist, EveryOptimizerLearns) {
  for (const std::string optimizer : {"sgd", "adam", "adamw", "rmsprop", "muon"}) {
    const Outcome outcome = run("--quiet --epochs 5 --dropout 0 --optimizer " + optimizer + " --metrics " + path("m"));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    const std::vector<std::string> metrics = lines(read_file(path("m")));
    EXPECT_GT(field(metrics.back(), "test_accuracy"), 0.9) << optimizer;
  }
}

TEST_F(TrainMnist, ValidationTakesTheLastTrainingImages) {
  const Outcome outcome = run("--epochs 1 --validation 50");
  EXPECT_NE(outcome.output.find("150 images to train on, 50 for validation"), std::string::npos) << outcome.output;
  EXPECT_NE(outcome.output.find("validation accuracy"), std::string::npos);
  EXPECT_EQ(outcome.output.find("test accuracy"), std::string::npos);
}

TEST_F(TrainMnist, QuietPrintsNothingAndFilesComeOnlyWhereAsked) {
  const auto entries = [&] {
    return std::distance(std::filesystem::directory_iterator(folder_.string()), std::filesystem::directory_iterator());
  };
  const auto before = entries();
  const Outcome outcome = run("--epochs 1 --quiet");
  EXPECT_EQ(outcome.output + outcome.errors, "");
  EXPECT_EQ(entries(), before);
}

TEST_F(TrainMnist, DryRunTrainsOneBatch) {
  const Outcome outcome = run("--dry-run");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_NE(outcome.output.find("epoch 1/1"), std::string::npos) << outcome.output;
}

TEST_F(TrainMnist, RefusesWrongFlagsInOneLineThatNamesThem) {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"--epochs 12x", "--epochs: "},
      {"--epochs -1", "--epochs: "},
      {"--epoch 3", "--epoch: unknown"},
      {"--lr nan", "--lr: "},
      {"--lr 0", "--lr: "},
      {"--dropout 1", "--dropout: "},
      {"--hidden 12,,3", "--hidden: "},
      {"--hidden 0", "--hidden: "},
      {"--optimizer lion", "--optimizer: "},
      {"--schedule", "--schedule: "},
      {"--threads 0", "--threads: "},
      {"--seed -1", "--seed: "},
      {"--momentum 1", "--momentum: "},
      {"--label-smoothing 1.5", "--label-smoothing: "},
      {"--channels 8", "--channels: "},
      {"--model rnn", "--model: "},
      {"--optimizer muon --pytorch " + path("p"), "--pytorch: PyTorch's Muon is another one"},
      {"--augment --pytorch " + path("p"), "--pytorch: the program would train without --augment"},
      {"extra", "unexpected word"},
  };
  for (const auto& [flags, text] : wrong) {
    const Outcome outcome = run(flags + " --metrics " + path("m"));
    EXPECT_EQ(outcome.exit_code, 2) << flags;
    EXPECT_EQ(outcome.errors.find("train_mnist: " + text), 0u) << flags << ": " << outcome.errors;
    EXPECT_EQ(lines(outcome.errors).size(), 1u) << flags;
    EXPECT_EQ(outcome.output, "") << flags;
    EXPECT_FALSE(std::filesystem::exists(path("m"))) << flags;
  }
}

TEST_F(TrainMnist, RefusesMoreThanTheTrainingSetHolds) {
  const std::string start = "train_mnist --data-dir " + folder_.string() + " --metrics " + path("m");
  const Outcome batch = run_program(start + " --batch-size 201");
  EXPECT_EQ(batch.exit_code, 2);
  EXPECT_EQ(batch.errors, "train_mnist: --batch-size: 201 is larger than the training set (200 images)\n");
  const Outcome validation = run_program(start + " --batch-size 10 --validation 200");
  EXPECT_EQ(validation.exit_code, 2);
  EXPECT_EQ(validation.errors, "train_mnist: --validation: 200 of 200 training images leave none to train on\n");
  EXPECT_FALSE(std::filesystem::exists(path("m")));
}

TEST_F(TrainMnist, ReportsBadFilesWithExitCodeOne) {
  std::filesystem::resize_file(folder_ / "train-images-idx3-ubyte", 100);
  const Outcome truncated = run("--epochs 1");
  EXPECT_EQ(truncated.exit_code, 1);
  EXPECT_EQ(lines(truncated.errors).size(), 1u);
  EXPECT_NE(truncated.errors.find("train-images-idx3-ubyte"), std::string::npos) << truncated.errors;

  const Outcome unwritable = run("--metrics " + path("no/such/folder"));
  EXPECT_EQ(unwritable.exit_code, 1);
  EXPECT_NE(unwritable.errors.find("no/such/folder"), std::string::npos) << unwritable.errors;
  EXPECT_EQ(unwritable.output, "");
}

TEST_F(TrainMnist, StopsWhenTheLossIsNotFinite) {
  const Outcome outcome = run("--epochs 50 --no-bn --optimizer sgd --lr 1e30 --quiet");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_NE(outcome.errors.find("try a lower --lr than 1e+30"), std::string::npos) << outcome.errors;
}

TEST_F(TrainMnist, CtrlCPrintsWhatIsKnown) {
  const Outcome outcome = signalled_program(
      "train_mnist", {"--data-dir", folder_.string(), "--batch-size=2", "--epochs=1000000", "--metrics", path("m")},
      [&] { return !read_file(path("m")).empty(); }, SIGINT);
  EXPECT_EQ(outcome.exit_code, 130);
  EXPECT_NE(outcome.output.find("interrupted in epoch"), std::string::npos);
  EXPECT_NE(outcome.output.find("test accuracy"), std::string::npos);
}

TEST_F(TrainMnist, WithoutBatchNormHiddenLayersHaveABias) {
  const Outcome outcome = run("--epochs 0 --no-bn --dropout 0.5");
  EXPECT_NE(outcome.output.find("0: Linear(20, 16) "), std::string::npos) << outcome.output;
  EXPECT_EQ(outcome.output.find("BatchNorm1d"), std::string::npos);
  EXPECT_NE(outcome.output.find("2: Dropout(0.5)"), std::string::npos);
}

TEST(ExamplePrograms, XorLearns) {
  const Outcome outcome = run_program("xor --tape");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_NE(outcome.output.find("step 200  loss"), std::string::npos);
  EXPECT_NE(outcome.output.find("2.linear"), std::string::npos);
  EXPECT_LT(std::stod(outcome.output.substr(outcome.output.find("step 200  loss") + 14)), 1e-3);
}

// With one batch an epoch, what the last step spoiled shows only on the test images.
TEST_F(TrainMnist, StopsAlsoIfTheLastStepWasTooLarge) {
  const Outcome outcome =
      run_program("train_mnist --quiet --hidden 8 --batch-size 200 --epochs 1 --no-bn --optimizer sgd " +
                  std::string("--lr 1e30 --schedule constant --data-dir ") + folder_.string() + " --save " + path("w"));
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_NE(outcome.errors.find("the test loss is "), std::string::npos) << outcome.errors;
  EXPECT_FALSE(std::filesystem::exists(path("w")));
}

}  // namespace
}  // namespace gradus::testing
