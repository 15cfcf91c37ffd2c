// The page of train_mnist --report: that it is written, whatever happens, and changes nothing.
#include "examples/train_mnist_run.h"

#include <gradus/core/io/safetensors.h>
#include <gradus/examples/train_mnist/model.h>
#include <gradus/examples/train_mnist/report/report.h>
#include <gradus/examples/train_mnist/training.h>
#include "error_of.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace gradus::testing {
namespace {

using namespace gradus::examples;

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

// Of a net with every kind of layer, what is looked at in which.
TEST_F(Report, SymptomsAreGatheredFromEveryKindOfLayer) {
  const Dataset data = load_dataset(folder_.string());
  const Options options = {.model = ModelKind::cnn, .channels = {4}, .hidden = {3}, .dropout = 0.1};
  Rng rng(1);
  Sequential model = make_model(options, {5, 4}, 3, rng);
  Recorder recorder(model, data.train, 200, 0);
  recorder.before_step();
  model.parameters()[0]->set_value(model.parameters()[0]->value() * 2);
  recorder.after_step();
  recorder.measure(1);
  Batches held_out(data.test, 50);
  const std::vector<std::string> history;
  const Symptoms s = symptoms({options, data, recorder, model, held_out, history, 200});
  const auto names = [](const std::vector<Measured>& list) {
    std::vector<std::string> all;
    for (const Measured& measured : list) all.push_back(measured.name);
    return all;
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(names(s.silent), (Names{"3 ReLU", "8 ReLU"}));
  EXPECT_EQ(names(s.mean_gaps), (Names{"2 BatchNorm2d", "7 BatchNorm1d"}));
  EXPECT_EQ(names(s.gradients), (Names{"1 Conv2d", "6 Linear", "10 Linear"}));
  EXPECT_EQ(names(s.updates), (Names{"1.weight", "6.weight", "10.weight"}));
  EXPECT_EQ(s.updates[0].value, 1);
  EXPECT_EQ(s.updates[1].value, 0);
  EXPECT_TRUE(s.dropout);
}

TEST_F(Report, ChangesNoBitOfTheTraining) {
  for (const std::string flags : {"--epochs 3", "--epochs 3 --no-bn --dropout 0",
                                  "--epochs 2 --optimizer sgd --threads 3", "--epochs 2 --model cnn --channels 4,8"}) {
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
  const std::vector<std::pair<std::string, std::string>> runs = {{"--epochs 0", "0"},
                                                                 {"--dry-run", "1"},
                                                                 {"--epochs 1 --validation 50", "1"},
                                                                 {"--epochs 1 --hidden \"\"", "1"},
                                                                 {"--epochs 1 --model cnn --channels 4,8", "1"},
                                                                 {"--dry-run --model cnn --channels 4 --no-bn", "1"}};
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

// All features of a batch normalization, or every other where there are more than the page has room for.
TEST_F(Report, HasAsManyFeaturesAsThereIsRoomFor) {
  const Outcome outcome =
      run_program("train_mnist --batch-size 100 --epochs 1 --hidden 512,513 --data-dir " + folder_.string() + report());
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  std::vector<std::ptrdiff_t> shown;
  const std::string text = page(), key = "\"batchMean\": [";
  for (std::size_t at = text.find(key); at != std::string::npos; at = text.find(key, at + 1)) {
    shown.push_back(1 + std::count(text.begin() + static_cast<std::ptrdiff_t>(at + key.size()),
                                   text.begin() + static_cast<std::ptrdiff_t>(text.find(']', at)), ','));
  }
  EXPECT_EQ(shown, (std::vector<std::ptrdiff_t>{512, 257}));
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
  EXPECT_EQ(value("unclassified"), value("count"));
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

// Steps that were taken since, in an epoch that did not end, are not on it.
TEST_F(Report, IsOfTheWeightsThatWereMeasuredLast) {
  ASSERT_EQ(run("--quiet --epochs 2 --save " + path("w")).exit_code, 0);
  const Dataset data = load_dataset(folder_.string());
  const Options options = {.epochs = 1, .batch_size = 20, .hidden = {16, 8}, .report = path("r.html")};
  Training training(options, data);
  training.begin_report();
  training.write_report(Ending::interrupted);
  const std::string before = page();
  training.load(path("w"));
  training.write_report(Ending::interrupted);
  EXPECT_TRUE(page() == before);
}

}  // namespace
}  // namespace gradus::testing
