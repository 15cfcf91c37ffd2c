// What is recorded of a training for the page of train_mnist --report.
#include <gradus/examples/train_mnist/report/mistakes.h>
#include <gradus/examples/train_mnist/report/recorder.h>
#include <gradus/layers/batch_norm.h>
#include <gradus/layers/conv2d.h>
#include <gradus/layers/dropout.h>
#include <gradus/layers/flatten.h>
#include <gradus/layers/linear.h>
#include <gradus/layers/relu.h>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
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

TEST(Histogram, OfSizesHasPowersOfTen) {
  const std::vector<Scalar> values = {Scalar(1e-6), Scalar(-1e-6), 0, 1, -1, Scalar(1e-3)};
  const Histogram h = histogram_of_sizes(values);
  EXPECT_NEAR(h.low, -6, 1e-6);
  EXPECT_EQ(h.high, 0);  // of sizes of 1, which are no zeros
  EXPECT_EQ(total(h), 5);
  EXPECT_EQ(h.counts.front(), 2);
  EXPECT_EQ(h.counts.back(), 2);
  EXPECT_EQ(h.zeros, 1.0 / 6);
  EXPECT_DOUBLE_EQ(h.mean, histogram(values).mean) << "of the numbers themselves, with their signs";
  EXPECT_DOUBLE_EQ(h.deviation, histogram(values).deviation);
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
  EXPECT_NEAR(r.gradients[2].high, std::log10(g[2]), 1e-6);  // the largest, p(3) / 4: gradients are seen by their size
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

// Of images a channel is a unit, and all its pixels are its values.
TEST(Recorder, LooksAtTheChannelsOfImages) {
  Rng rng(1);
  Sequential model;
  model.add<Unflatten>(Shape{1, 1, 2});
  Conv2d& conv = model.add<Conv2d>(1, 2, 1, rng, Conv2dOptions{.bias = false});
  conv.weight().set_value(Tensor({2, 1, 1, 1}, {1, -1}));
  model.add<BatchNorm2d>(2);
  model.add<ReLU>();
  model.add<Flatten>();
  model.add<Linear>(4, 2, rng);
  const ImageSet set = four_images();
  Recorder recorder(model, set, 4, 0);
  recorder.measure(0);
  const EpochRecord& r = recorder.records()[0];
  EXPECT_EQ(r.silent, (std::vector<double>{-1, -1, -1, 0.5, -1, -1}));
  EXPECT_EQ(r.gradients[0].counts.empty(), false) << "of the images too";
  const BatchNormRecord& norm = recorder.batch_norms()[2];
  EXPECT_EQ(norm.batch_mean, (std::vector<double>{0.5, -0.5}));
  EXPECT_NEAR(norm.batch_deviation[1], std::sqrt(8 * 0.25 / 7), 1e-7);  // eight pixels
  EXPECT_NEAR(r.mean_gap[2], 0.5 / std::sqrt(2.0 / 7), 1e-6);
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

}  // namespace
}  // namespace gradus::testing
