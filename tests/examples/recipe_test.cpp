// That train_mnist's flags do what they say: optimizer, schedule, and what only a training shows.
#include "distance.h"
#include "examples/train_mnist_run.h"

#include <gradus/core/io/safetensors.h>
#include <gradus/examples/train_mnist/model.h>
#include <gradus/examples/train_mnist/pytorch.h>
#include <gradus/layers/linear.h>
#include <gradus/layers/summary.h>

#include <cmath>
#include <numbers>

namespace gradus::testing {
namespace {

using namespace gradus::examples;

TEST(Recipe, OnlyWeightsDecay) {
  Rng rng(1);
  const Options options = {.hidden = {4}, .learning_rate = 0.1, .weight_decay = 0.5};
  Sequential model = make_model(options, {1, 3}, 2, rng);
  const auto optimizer = make_optimizer(options, model);
  ASSERT_EQ(optimizer->slots().size(), 5u);
  for (const Optimizer::Slot& slot : optimizer->slots()) {
    EXPECT_EQ(slot.weight_decay, slot.parameter.shape().rank() == 2 ? 0.5 : 0) << slot.parameter.name();
  }
}

TEST(Recipe, DefaultsFollowWhatIsTrained) {
  const auto parsed = [](std::vector<const char*> words) {
    words.insert(words.begin(), "train_mnist");
    return parse_options(static_cast<int>(words.size()), words.data());
  };
  EXPECT_EQ(parsed({}).epochs, 20);
  EXPECT_GT(parsed({}).dropout, 0);
  EXPECT_EQ(parsed({"--augment"}).epochs, 40);
  EXPECT_EQ(parsed({"--augment"}).dropout, 0);
  EXPECT_EQ(parsed({"--augment", "--epochs", "3"}).epochs, 3);
  EXPECT_EQ(parsed({"--augment", "--dropout", "0.5"}).dropout, 0.5);
  EXPECT_EQ(parsed({"--augment", "--model", "cnn"}).epochs, parsed({"--model", "cnn"}).epochs);
  EXPECT_EQ(parsed({}).learning_rate, 0.003);
  EXPECT_EQ(parsed({"--model", "cnn"}).learning_rate, 0.02);
  EXPECT_EQ(parsed({"--model", "cnn", "--optimizer", "adam"}).learning_rate, 0.003);
  EXPECT_EQ(parsed({"--optimizer", "sgd"}).learning_rate, 0.05);
  EXPECT_EQ(parsed({"--optimizer", "muon"}).learning_rate, 0.02);
  EXPECT_EQ(parsed({"--optimizer", "rmsprop"}).learning_rate, 0.001);
}

// Before a batch normalization a bias would be taken out again.
TEST(Recipe, LayersBeforeABatchNormalizationHaveNoBias) {
  Rng rng(1);
  Options options = {.model = ModelKind::cnn, .channels = {16, 32, 64}, .hidden = {}};
  EXPECT_EQ(parameter_count(make_model(options, {28, 28}, 10, rng)), 29'178);  // as the README has it
  options.no_bn = true;
  EXPECT_EQ(parameter_count(make_model(options, {28, 28}, 10, rng)), 29'178 - 112);  // biases for gains and shifts
}

// A weight of 1 with gradient 0.5 after one step.
double after_a_step(OptimizerKind kind) {
  Rng rng(1);
  const Options options = {
      .hidden = {}, .optimizer = kind, .learning_rate = 0.1, .momentum = 0.25, .weight_decay = 0.5};
  Sequential model = make_model(options, {1, 1}, 1, rng);
  Parameter& weight = *model.parameters()[0];
  weight.set_value(Tensor({1, 1}, {1}));
  const auto optimizer = make_optimizer(options, model);
  for (int step = 0; step < (kind == OptimizerKind::sgd ? 2 : 1); ++step) {
    weight.zero_grad();
    weight.set_grad(Tensor({1, 1}, {0.5}));
    optimizer->step();
  }
  return weight.value().item();
}

TEST(Recipe, EachOptimizerIsWhatItIsCalled) {
  EXPECT_NEAR(after_a_step(OptimizerKind::adam), 0.9, 1e-6);    // the decay is part of the gradient
  EXPECT_NEAR(after_a_step(OptimizerKind::adamw), 0.85, 1e-6);  // and here it is apart
  EXPECT_NEAR(after_a_step(OptimizerKind::sgd), 0.9 - 0.1 * (0.95 + 0.25 * 1), 1e-6);  // two steps, for the momentum
}

TEST(Recipe, SchedulesAreStretchedOverTheTraining) {
  const auto factors = [](ScheduleKind kind, std::int64_t warm_up, std::int64_t steps, std::vector<std::int64_t> at) {
    const Schedule schedule = make_schedule({.schedule = kind, .warm_up = warm_up}, steps);
    std::vector<double> result;
    for (const std::int64_t step : at) result.push_back(std::round(schedule(step) * 1e6) / 1e6);
    return result;
  };
  using Factors = std::vector<double>;
  EXPECT_EQ(factors(ScheduleKind::step, 0, 9, {2, 3, 6}), (Factors{1, 0.1, 0.01}));
  EXPECT_EQ(factors(ScheduleKind::cosine, 4, 14, {0, 3, 4, 9, 13}), (Factors{0.2, 0.8, 1, 0.5, 0.024472}));
  EXPECT_EQ(factors(ScheduleKind::one_cycle, 0, 100, {0, 29, 99}), (Factors{0.04, 1, 0.000004}));
  EXPECT_EQ(factors(ScheduleKind::constant, 1, 9, {0, 1, 8}), (Factors{0.5, 1, 1}));
}

// The program for PyTorch with another recipe than the defaults'.
std::string pytorch_program_of(const Options& options) {
  Rng rng(1);
  Sequential model = make_model(options, {2, 2}, 3, rng);
  return pytorch_program(model, options, "folder");
}

TEST(Recipe, PyTorchHasTheSameRates) {
  const std::string python = "\"${GRADUS_PYTHON:-python3}\" ";
  if (run_program(python + "-c ''").exit_code != 0) GTEST_SKIP() << "needs Python";
  std::string script = "import math\n";
  std::vector<double> expected;
  for (const ScheduleKind kind :
       {ScheduleKind::constant, ScheduleKind::step, ScheduleKind::cosine, ScheduleKind::one_cycle}) {
    for (const std::int64_t warm_up : {0, 4}) {
      const Options options = {.hidden = {}, .schedule = kind, .warm_up = warm_up};
      const std::string program = pytorch_program_of(options);
      const std::size_t begin = program.find("def rate(step):"), end = program.find("\n\n\n", begin);
      for (const std::int64_t steps : {1, 10, 11, 40}) {
        script += "steps = " + std::to_string(steps) + '\n' + program.substr(begin, end - begin) +
                  "\nfor step in range(steps): print(rate(step))\n";
        for (std::int64_t step = 0; step < steps; ++step) expected.push_back(make_schedule(options, steps)(step));
      }
    }
  }
  const TemporaryFolder folder;
  std::ofstream(folder / "rates.py") << script;
  const Outcome outcome = run_program(python + (folder / "rates.py").string());
  const std::vector<std::string> rates = lines(outcome.output);
  ASSERT_EQ(rates.size(), expected.size()) << outcome.errors;
  for (std::size_t i = 0; i < rates.size(); ++i) EXPECT_NEAR(std::stod(rates[i]), expected[i], 1e-12) << i;
}

TEST(Recipe, PyTorchIsToldEveryNumber) {
  const Options options = {.batch_size = 13,
                           .hidden = {},
                           .optimizer = OptimizerKind::sgd,
                           .learning_rate = 0.0625,
                           .momentum = 0.5,
                           .weight_decay = 0.125,
                           .label_smoothing = 0.25,
                           .clip_norm = 2.5,
                           .seed = 42,
                           .validation = 7};
  const std::string program = pytorch_program_of(options);
  for (const char* text :
       {"len(x) - 7]", "batch = 13 ", "torch.optim.SGD(", "lr=0.0625", "momentum=0.5", "\"weight_decay\": 0.125}",
        "label_smoothing=0.25)", "(model.parameters(), 2.5)", "default=42"}) {
    EXPECT_NE(program.find(text), std::string::npos) << text << " in\n" << program;
  }
}

TEST(Recipe, TheConfigurationHasEveryDigit) {
  const Options options = {.dropout = 0.123456789,
                           .learning_rate = 1.23456789e-3,
                           .momentum = 0.987654321,
                           .weight_decay = 0.0123456789,
                           .label_smoothing = 0.0987654321,
                           .clip_norm = 1.00000001};
  for (const char* flag : {"--dropout=0.123456789", "--lr=0.00123456789", "--momentum=0.987654321",
                           "--weight-decay=0.0123456789", "--label-smoothing=0.0987654321", "--clip-norm=1.00000001"}) {
    EXPECT_NE((configuration(options) + " ").find(std::string(flag) + " "), std::string::npos)
        << flag << ": " << configuration(options);
  }
  EXPECT_NE(configuration({.augment = true}).find(" --augment"), std::string::npos);
}

// ---- the program

class RecipeRun : public TrainMnist {
 protected:
  Outcome train(const std::string& flags) {
    return run_program("train_mnist --quiet --data-dir " + folder_.string() + " " + flags);
  }
  StateDict weights(const std::string& flags) {
    EXPECT_EQ(train(flags + " --save " + path("w")).exit_code, 0);
    return load_safetensors(path("w")).state;
  }
  std::vector<std::string> metrics(const std::string& flags) {
    EXPECT_EQ(train(flags + " --metrics " + path("m")).exit_code, 0);
    return lines(read_file(path("m")));
  }
};

TEST_F(RecipeRun, ClippingLimitsTheStep) {
  const std::string step =
      "--hidden 16,8 --no-bn --optimizer sgd --momentum 0 --weight-decay 0 --schedule constant --lr 1 --batch-size "
      "200 ";
  const StateDict before = weights(step + "--epochs 0"), after = weights(step + "--epochs 1 --clip-norm 0.001");
  double squares = 0;
  for (const auto& [key, value] : after) {
    const Tensor change = std::get<Tensor>(value) - std::get<Tensor>(*find(before, key));
    for (const Scalar x : change.values()) squares += static_cast<double>(x) * x;
  }
  EXPECT_NEAR(std::sqrt(squares), 0.001, 2e-6);
}

TEST_F(RecipeRun, AugmentedImagesTeachOtherWeights) {
  const std::string one = "--hidden 4 --batch-size 20 --epochs 1 --schedule constant --no-bn ";
  EXPECT_NE(std::get<Tensor>(weights(one)[0].second), std::get<Tensor>(weights(one + "--augment")[0].second));
}

TEST_F(RecipeRun, LabelSmoothingIsInTheTrainingLossAlone) {
  const std::string one = "--hidden 16,8 --batch-size 200 --epochs 1 --dropout 0 --lr 1e-30 --label-smoothing ";
  const std::string plain = metrics(one + "0")[0], smoothed = metrics(one + "1")[0];
  EXPECT_GT(field(smoothed, "train_loss"), std::numbers::ln2);  // ln 3 for a guess: the labels do not matter
  EXPECT_GT(std::abs(field(smoothed, "train_loss") - field(plain, "train_loss")), 0.005);
  EXPECT_EQ(field(smoothed, "test_loss"), field(plain, "test_loss"));
}

TEST_F(RecipeRun, TheRateIsThatOfTheStep) {
  std::vector<double> rates;
  for (const std::string& line : metrics("--hidden 4 --schedule cosine --lr 1 --batch-size 100 --epochs 4")) {
    rates.push_back(std::round(field(line, "learning_rate") * 1e6) / 1e6);
  }
  EXPECT_EQ(rates, (std::vector<double>{0.96194, 0.691342, 0.308658, 0.03806}));  // of steps 1, 3, 5 and 7 of 8
}

TEST_F(RecipeRun, ABatchOfOneNeedsNoHiddenLayer) {
  EXPECT_EQ(train("--hidden '' --batch-size 1 --epochs 1").exit_code, 0);
  EXPECT_EQ(train("--hidden 4 --no-bn --batch-size 1 --epochs 1").exit_code, 0);
  const Outcome outcome = train("--hidden 4 --batch-size 1 --epochs 1");
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(outcome.errors,
            "train_mnist: --batch-size: batch normalization needs at least 2 images per step (or --no-bn)\n");
}

TEST_F(RecipeRun, TwoOutputsMayBothBeThrownAway) {
  const Outcome outcome = train("--hidden 4 --epochs 0 --save /dev/null --onnx /dev/null");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
}

// What the program says of threads are its options; here the system is asked.
TEST_F(RecipeRun, ThereAreAsManyThreadsAsAsked) {
  if (!std::filesystem::exists("/proc/self/task")) GTEST_SKIP() << "needs /proc";
  const Outcome outcome = run_program(
      "train_mnist --quiet --epochs 1000000 --threads 3 --data-dir " + folder_.string() +
      " & p=$!; for i in $(seq 300); do n=$(ls /proc/$p/task | wc -l); [ $n = 3 ] && break; sleep 0.1; done; "
      "kill $p; echo $n");
  EXPECT_EQ(outcome.output, "3\n");
}

}  // namespace
}  // namespace gradus::testing
