// The page of train_mnist --report: what is recorded, and that recording changes nothing.
#include "examples/train_mnist_run.h"

#include <gradus/core/io/safetensors.h>
#include <gradus/examples/train_mnist/report/mistakes.h>
#include <gradus/examples/train_mnist/report/report.h>
#include <gradus/layers/batch_norm.h>
#include <gradus/layers/dropout.h>
#include <gradus/layers/linear.h>
#include <gradus/layers/relu.h>
#include "error_of.h"

#include <cmath>
#include <numeric>

namespace gradus::testing {
namespace {

using namespace gradus::examples;

double total(const Histogram& h) { return static_cast<double>(std::accumulate(h.counts.begin(), h.counts.end(), 0LL)); }

TEST(Histogram, CountsWhatIsNotZero) {
  const std::vector<Scalar> values = {0, 0, 1, 2, 3, 3, -1, 0};
  const Histogram h = histogram(values);
  EXPECT_EQ(h.zeros, 3.0 / 8);
  EXPECT_EQ(h.mean, 1);                                    // 8 / 8
  EXPECT_DOUBLE_EQ(h.deviation, std::sqrt(24.0 / 8 - 1));  // squares: 1 + 4 + 9 + 9 + 1
  EXPECT_EQ(h.low, -1);
  EXPECT_EQ(h.high, 3);
  EXPECT_EQ(total(h), 5);
  EXPECT_EQ(h.counts.front(), 1);  // -1
  EXPECT_EQ(h.counts.back(), 2);   // 3, the upper edge
}

TEST(Histogram, LeavesOutWhatLiesFarAwayAndWhatIsNoNumber) {
  std::vector<Scalar> values(1000, 1);
  for (std::size_t i = 0; i < values.size(); i += 2) values[i] = -1;
  values.push_back(1000);
  values.push_back(std::numeric_limits<Scalar>::quiet_NaN());
  const Histogram h = histogram(values);
  EXPECT_EQ(total(h), 1000);
  EXPECT_LT(h.high, 1000);
  EXPECT_EQ(histogram(std::vector<Scalar>(3, 0)).counts.size(), 0u);
  EXPECT_EQ(histogram(std::vector<Scalar>(3, 0)).zeros, 1);
  EXPECT_EQ(total(histogram(std::vector<Scalar>(3, 5))), 3);  // no width at all
}

// Four images of two pixels, in two classes.
ImageSet four_images() {
  ImageSet set;
  set.pixels = {255, 0, 0, 255, 255, 255, 0, 0};
  set.labels = {0, 1, 1, 0};
  set.count = 4;
  set.rows = 1;
  set.columns = 2;
  set.classes = 2;
  return set;
}

TEST(Recorder, MeasuresWhatOneComputesByHand) {
  Rng rng(1);
  Sequential model;
  model.add<Linear>(2, 2, rng);
  model.add<ReLU>();
  model.add<Linear>(2, 2, rng, LinearOptions{.bias = false});
  const auto parameters = model.parameters();
  parameters[0]->set_value(Tensor({2, 2}, {1, 2, -1, -1}));  // [out, in]
  parameters[1]->set_value(Tensor({2}, {0, -1}));
  parameters[2]->set_value(Tensor({2, 2}, {1, 0, 0, 1}));
  const ImageSet set = four_images();
  Recorder recorder(model, set, 4, 0);
  recorder.measure(0);
  recorder.before_step();
  parameters[2]->set_value(Tensor({2, 2}, {1.5, 0, 0, 1}));
  recorder.after_step();
  recorder.measure(1);
  ASSERT_EQ(recorder.records().size(), 2u);

  // Images (1,0) (0,1) (1,1) (0,0): the first unit is 1, 2, 3, 0, the second -2, -2, -3, -1.
  const EpochRecord& r = recorder.records().front();
  EXPECT_EQ(r.epoch, 0);
  EXPECT_DOUBLE_EQ(r.activations[0].mean, -2.0 / 8);
  EXPECT_EQ(r.activations[1].zeros, 5.0 / 8);
  EXPECT_DOUBLE_EQ(r.activations[1].mean, 6.0 / 8);
  EXPECT_EQ(r.silent, (std::vector<double>{-1, 0.5, -1}));
  EXPECT_EQ(r.updates, (std::vector<double>{-1, -1, -1}));

  // Logits (a, 0) with a = 1, 2, 3, 0 and labels 0, 1, 1, 0: the gradient of the first is (p - 1 or p) / 4.
  const auto p = [](double a) { return 1 / (1 + std::exp(-a)); };
  const std::vector<double> g = {(p(1) - 1) / 4, p(2) / 4, p(3) / 4, (p(0) - 1) / 4};
  double squares = 0;
  for (const double each : g) squares += 2 * each * each;  // the second logit's is the opposite
  EXPECT_NEAR(r.gradients[2].mean, 0, 1e-7);
  EXPECT_NEAR(r.gradients[2].deviation, std::sqrt(squares / 8), 1e-6);
  EXPECT_NEAR(r.gradients[1].deviation, r.gradients[2].deviation, 1e-6);  // through the identity
  EXPECT_EQ(r.gradients[0].zeros, 5.0 / 8);                               // where the ReLU is closed
  EXPECT_NEAR(r.gradients[0].mean, (g[0] + g[1] + g[2]) / 8, 1e-7);
  EXPECT_NEAR(r.train_loss, -(std::log(p(1)) + std::log(1 - p(2)) + std::log(1 - p(3)) + std::log(p(0))) / 4, 1e-6);
  EXPECT_EQ(r.train_accuracy, 0.5);

  EXPECT_NEAR(recorder.records()[1].updates[2], 0.5 / std::sqrt(2), 1e-6);
  EXPECT_EQ(recorder.records()[1].updates[0], 0);
}

TEST(Recorder, ComparesRunningEstimatesWithTheBatch) {
  Rng rng(1);
  Sequential model;
  model.add<BatchNorm1d>(2);
  model.add<Linear>(2, 2, rng);
  const ImageSet set = four_images();
  Recorder recorder(model, set, 4, 0);
  recorder.measure(0);
  const BatchNormRecord& r = recorder.batch_norms()[0];
  const double deviation = std::sqrt(4 * 0.25 / 3);  // of 1, 0, 1, 0 about 0.5
  EXPECT_EQ(r.batch_mean, (std::vector<double>{0.5, 0.5}));
  EXPECT_NEAR(r.batch_deviation[1], deviation, 1e-7);
  EXPECT_EQ(r.running_mean, (std::vector<double>{0, 0}));
  EXPECT_EQ(r.running_deviation, (std::vector<double>{1, 1}));
  EXPECT_NEAR(recorder.records()[0].mean_gap[0], 0.5 / deviation, 1e-6);
  EXPECT_NEAR(recorder.records()[0].spread_gap[0], -std::log(deviation), 1e-6);
  EXPECT_TRUE(recorder.batch_norms()[1].batch_mean.empty());
}

TEST(Recorder, AFeatureThatHardlyVariesDoesNotSpeakForAll) {
  const BatchNormRecord r = {{0, 0, 0}, {1, 1, 1}, {0.1, 0.2, 0.1}, {1, 1, 1e-9}};
  EXPECT_DOUBLE_EQ(r.mean_gap(), 0.2);
}

TEST(Recorder, LeavesTheModelAsItWas) {
  Rng rng(1);
  Sequential model;
  model.add<Linear>(2, 3, rng, LinearOptions{.bias = false});
  model.add<BatchNorm1d>(3);
  model.add<Dropout>(Scalar(0.5), rng);
  model.add<Linear>(3, 2, rng);
  model.children()[2]->eval();  // a mode of its own
  const auto generator = model.generators()[0].value->state();
  const StateDict before = model.state_dict();
  const ImageSet set = four_images();
  Recorder recorder(model, set, 4, 0.1);
  recorder.measure(0);
  EXPECT_EQ(model.state_dict(), before);
  EXPECT_EQ(recorder.state(), before);
  EXPECT_EQ(model.generators()[0].value->state(), generator);
  EXPECT_FALSE(model.children()[2]->training());
  EXPECT_TRUE(model.children()[1]->training());
}

TEST(Recorder, KeepsSomeOfVeryManyEpochs) {
  Rng rng(1);
  Sequential model;
  model.add<Linear>(2, 2, rng);
  const ImageSet set = four_images();
  Recorder recorder(model, set, 4, 0);
  for (std::int64_t epoch = 7; epoch <= 307; ++epoch) recorder.measure(epoch);
  const auto& records = recorder.records();
  EXPECT_LE(records.size(), 42u);
  EXPECT_GE(records.size(), 18u);
  EXPECT_EQ(records.front().epoch, 7);
  EXPECT_EQ(records.back().epoch, 307);
  for (std::size_t i = 2; i + 2 < records.size(); ++i) {
    EXPECT_EQ(records[i + 1].epoch - records[i].epoch, records[i].epoch - records[i - 1].epoch) << i;
  }
}

TEST(Mistakes, SayHowSureItWas) {
  Rng rng(1);
  Sequential model;
  model.add<Linear>(2, 2, rng);
  model.parameters()[0]->set_value(Tensor({2, 2}, {2, 0, 0, 1}));
  model.parameters()[1]->set_value(Tensor({2}, {0, 0}));
  const ImageSet set = four_images();
  Batches batches(set, 1, 4, 2);  // logits (0,1) (2,1) (0,0); labels 1, 1, 0
  std::vector<Mistake> mistakes;
  const Evaluation evaluation = find_mistakes(model, batches, 5, mistakes);
  EXPECT_EQ(evaluation.count, 3);
  EXPECT_EQ(evaluation.correct, 2);
  EXPECT_EQ(evaluation.confusion, (std::vector<std::int64_t>{1, 0, 1, 1}));
  ASSERT_EQ(mistakes.size(), 1u);  // the others were right
  EXPECT_EQ(mistakes[0].image, 2);
  EXPECT_EQ(mistakes[0].label, 1);
  EXPECT_EQ(mistakes[0].prediction, 0);
  const double p = 1 / (1 + std::exp(1.0));
  EXPECT_NEAR(mistakes[0].loss, -std::log(p), 1e-6);
  ASSERT_EQ(mistakes[0].probabilities.size(), 2u);
  EXPECT_NEAR(mistakes[0].probabilities[1], p, 1e-6);
  EXPECT_NEAR(evaluation.loss, (std::log(1 + std::exp(-1)) - std::log(p) + std::log(2)) / 3, 1e-6);
  EXPECT_EQ(find_mistakes(model, batches, 1, mistakes).count, 2);
  EXPECT_EQ(mistakes.size(), 2u);
}

TEST(History, IsWhatTheLinesOfMetricsSay) {
  const auto points = parse_history({R"({"epoch": 1, "train_loss": 0.5, "train_accuracy": 1, "test_loss": null,)"
                                     R"( "test_accuracy": 0.25, "learning_rate": 1e-3, "held_out": "test"})"});
  ASSERT_EQ(points.size(), 1u);
  EXPECT_EQ(points[0].epoch, 1);
  EXPECT_EQ(points[0].train_loss, 0.5);
  EXPECT_EQ(points[0].train_accuracy, 1);
  EXPECT_TRUE(std::isnan(points[0].held_out_loss));
  EXPECT_EQ(points[0].learning_rate, 1e-3);
  EXPECT_EQ(error_of<std::runtime_error>([] { parse_history({"{}"}); }),
            "report: the metrics of epoch 1 cannot be read: no epoch");
}

// ---- the program

class Report : public TrainMnist {
 protected:
  std::string page() { return read_file(path("r.html")); }
  // The value that follows "key": in the page's data.
  std::string value(const std::string& key) {
    const std::string text = page(), quoted = "\"" + key + "\": ";
    const std::size_t at = text.find(quoted);
    return at == std::string::npos ? "none" : text.substr(at + quoted.size(), text.find(',', at) - at - quoted.size());
  }
  std::string report() { return " --report " + path("r.html"); }
};

TEST_F(Report, ChangesNoBitOfTheTraining) {
  for (const std::string flags :
       {"--epochs 3", "--epochs 3 --no-bn --dropout 0", "--epochs 2 --optimizer sgd --threads 3"}) {
    ASSERT_EQ(run(flags + " --quiet --save " + path("without")).exit_code, 0);
    const Outcome with = run(flags + " --quiet --save " + path("with") + report());
    ASSERT_EQ(with.exit_code, 0) << with.errors;
    EXPECT_EQ(with.output, "");
    EXPECT_EQ(read_file(path("with")), read_file(path("without"))) << flags;
    EXPECT_NE(page().find("</html>"), std::string::npos);
  }
}

TEST_F(Report, GoesOnAfterResuming) {
  const std::string first = "--schedule constant --quiet --checkpoint " + path("c");
  ASSERT_EQ(run("--epochs 2 " + first + report()).exit_code, 0);
  ASSERT_EQ(run_program("train_mnist --quiet --epochs 4 --data-dir " + folder_.string() + " --resume " + path("c") +
                        " --save " + path("resumed") + report())
                .exit_code,
            0);
  EXPECT_EQ(value("epoch"), "4");
  EXPECT_NE(page().find("\"history\": [{\"epoch\": 1,"), std::string::npos);  // of before
  EXPECT_NE(page().find("\"records\": [{\"epoch\": 2,"), std::string::npos);  // from where it went on
  ASSERT_EQ(run("--epochs 4 --schedule constant --quiet --save " + path("once")).exit_code, 0);
  EXPECT_EQ(read_file(path("resumed")), read_file(path("once")));
}

TEST_F(Report, IsWrittenWhateverWasTrained) {
  const std::vector<std::pair<std::string, std::string>> runs = {
      {"--epochs 0", "0"}, {"--dry-run", "1"}, {"--epochs 1 --validation 50", "1"}, {"--epochs 1 --hidden \"\"", "1"}};
  for (const auto& [flags, epoch] : runs) {
    const Outcome outcome =
        run_program("train_mnist --batch-size 20 --data-dir " + folder_.string() + " " + flags + report());
    EXPECT_EQ(outcome.exit_code, 0) << flags << outcome.errors;
    EXPECT_EQ(value("epoch"), epoch) << flags;
    EXPECT_EQ(lines(outcome.output).back(), path("r.html") + " shows how the training went: open it in a browser");
  }
  EXPECT_EQ(run("--epochs 0 --validation 50" + report()).exit_code, 0);
  EXPECT_EQ(value("heldOut"), "\"validation\"");
  EXPECT_EQ(value("count"), "50");
}

TEST_F(Report, IsOfferedByTheLastLine) {
  EXPECT_EQ(lines(run("--epochs 1").output).back(), "--report FILE writes a page that shows how the training went");
  EXPECT_NE(run("--help").output.find("--report FILE"), std::string::npos);
}

TEST_F(Report, IsRefusedBeforeTrainingIfItCannotBeWritten) {
  const Outcome outcome = run("--report " + path("no/such/folder/r.html"));
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_NE(outcome.errors.find("no/such/folder/r.html"), std::string::npos) << outcome.errors;
  EXPECT_EQ(outcome.output, "");
}

TEST_F(Report, ShowsHowItWentUntilTheNumbersExploded) {
  const Outcome outcome = run("--epochs 50 --no-bn --optimizer sgd --lr 1e30 --quiet" + report());
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_NE(outcome.errors.find("r.html shows how it went until then"), std::string::npos) << outcome.errors;
  EXPECT_EQ(value("ending"), "\"failed\"");
  EXPECT_NE(page().find("try a lower --lr than 1e+30"), std::string::npos);
}

TEST_F(Report, ThatCannotBeWrittenDoesNotHideWhyTheTrainingStopped) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "needs /dev/full";
  const Outcome outcome = run("--epochs 50 --no-bn --optimizer sgd --lr 1e30 --quiet --report /dev/full");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.errors.find("train_mnist: the loss is "), 0u) << outcome.errors;
  EXPECT_NE(outcome.errors.find("; /dev/full: cannot write: "), std::string::npos) << outcome.errors;
}

// The largest come first; a norm that is none counts as infinite.
TEST_F(Report, OrdersUnitsThoughAWeightIsNotFinite) {
  const std::string program = "train_mnist --quiet --batch-size 20 --hidden 64 --data-dir " + folder_.string();
  ASSERT_EQ(run_program(program + " --epochs 1 --save " + path("w")).exit_code, 0);
  Safetensors file = load_safetensors(path("w"));
  for (auto& [key, value] : file.state) {
    if (key == "0.weight") std::get<Tensor>(value).mutable_values()[600] = std::numeric_limits<Scalar>::quiet_NaN();
  }
  save_safetensors(path("w"), file.state);
  ASSERT_EQ(run_program(program + " --epochs 0 --load " + path("w") + report()).exit_code, 0);
  const std::string text = page(), name = "\"norm\": ";
  std::vector<std::string> norms;
  for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + 1)) {
    const std::size_t begin = at + name.size();
    norms.push_back(text.substr(begin, text.find_first_of(",}", begin) - begin));
  }
  ASSERT_EQ(norms.size(), 64u);
  EXPECT_EQ(norms[0], "null");
  for (std::size_t i = 2; i < norms.size(); ++i) EXPECT_LE(std::stod(norms[i]), std::stod(norms[i - 1])) << i;
}

TEST_F(Report, CtrlCShowsTheLastEpochThatEnded) {
  const Outcome outcome = signalled_program(
      "train_mnist",
      {"--data-dir", folder_.string(), "--batch-size=2", "--epochs=1000000", "--metrics", path("m"), "--report",
       path("r.html")},
      [&] { return !read_file(path("m")).empty(); }, SIGINT);
  EXPECT_EQ(outcome.exit_code, 130);
  EXPECT_EQ(value("ending"), "\"interrupted\"");
  EXPECT_EQ(value("epoch"), std::to_string(lines(read_file(path("m"))).size()));
}

}  // namespace
}  // namespace gradus::testing
