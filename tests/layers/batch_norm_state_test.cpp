// BatchNorm1d's running estimates, and what it refuses. Run in both builds.
#include "distance.h"
#include "error_of.h"
#include "layers/batch_norm_run.h"

#include <gradus/layers/gradcheck.h>
#include <gradus/layers/sequential.h>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <type_traits>

using namespace gradus;

namespace {

// (20). Batch 1 has mean 2 and variance 1, unbiased 2; batch 2 mean 10 and variance 16, unbiased 32.
TEST(BatchNormState, RunningEstimates) {
  const Tensor batch1({2, 1}, {1, 3}), batch2({2, 1}, {6, 14}), dy({2, 1}, {1, 0});
  for (const BatchNormForm form : forms) {
    BatchNormInForm usual(form, 1);
    EXPECT_EQ(buffers_of(usual)[0], Tensor::zeros({1}));
    EXPECT_EQ(buffers_of(usual)[1], Tensor::full({1}, 1));
    EXPECT_EQ(usual.gamma()->value(), Tensor::full({1}, 1));
    EXPECT_EQ(usual.beta()->value(), Tensor::zeros({1}));
    run(usual, batch1, dy);
    EXPECT_NEAR(buffers_of(usual)[0].item(), 0.1 * 2, 1e-6);
    EXPECT_NEAR(buffers_of(usual)[1].item(), 0.9 * 1 + 0.1 * 2, 1e-6);
    run(usual, batch2, dy);
    EXPECT_NEAR(buffers_of(usual)[0].item(), 0.9 * 0.2 + 0.1 * 10, 1e-6);
    EXPECT_NEAR(buffers_of(usual)[1].item(), 0.9 * 1.1 + 0.1 * 32, 1e-6);
    EXPECT_EQ(*usual.counters()[0].value, 2);

    // The momentum is the weight of the new value: at 1 only the last batch counts, at 0 none.
    BatchNormInForm last(form, 1, {.momentum = Scalar(1)}), none(form, 1, {.momentum = Scalar(0)});
    BatchNormInForm average(form, 1, {.momentum = {}});
    for (BatchNorm1d* layer : {&last, &none, &average}) {
      run(*layer, batch1, dy);
      run(*layer, batch2, dy);
    }
    EXPECT_NEAR(buffers_of(last)[1].item(), 32, 1e-5);
    EXPECT_EQ(buffers_of(none)[1].item(), 1);
    EXPECT_NEAR(buffers_of(average)[0].item(), (2 + 10) / 2.0, 1e-6);
    EXPECT_NEAR(buffers_of(average)[1].item(), (2 + 32) / 2.0, 1e-5);
  }
}

TEST(BatchNormState, RunningEstimatesOverPositions) {
  BatchNorm1d layer(2, {.momentum = Scalar(1)});
  run(layer, Tensor({2, 2, 2}, {1, 3, 0, 0, 5, 7, 0, 8}), Tensor::zeros({2, 2, 2}));
  EXPECT_LE(distance(buffers_of(layer)[0], Tensor({2}, {4, 2})), tolerance);
  EXPECT_LE(distance(buffers_of(layer)[1], Tensor({2}, {Scalar(20) / 3, 16})), tolerance);
}

// Such a batch shows in the output, and never again afterwards.
TEST(BatchNormState, NonFiniteBatchLeavesTheEstimatesAlone) {
  constexpr Scalar infinity = std::numeric_limits<Scalar>::infinity();
  for (const Scalar bad : {std::numeric_limits<Scalar>::quiet_NaN(), infinity, -infinity}) {
    for (const BatchNormForm form : forms) {
      BatchNormInForm layer(form, 2, {.momentum = {}});
      const Tensor good({3, 2}, {1, 2, 3, 4, 5, 7}), dy = Tensor::full({3, 2}, 1);
      run(layer, good, dy);
      const std::vector<Tensor> before = buffers_of(layer);
      Tensor x = good;
      x.set({1, 0}, bad);
      const Results r = run(layer, x, dy);
      EXPECT_TRUE(std::isnan(r.y.at({1, 0})));
      EXPECT_FALSE(std::isnan(r.y.at({1, 1})));  // the other feature has nothing to do with it
      EXPECT_EQ(buffers_of(layer), before);
      EXPECT_EQ(*layer.counters()[0].value, 1);
    }
  }
}

// Each value is finite, their variance is not.
TEST(BatchNormState, AnInfiniteVarianceLeavesTheEstimatesAlone) {
  const Scalar far = in_float ? Scalar(1e25) : Scalar(1e200);
  for (const BatchNormForm form : forms) {
    BatchNormInForm layer(form, 1);
    run(layer, Tensor({2, 1}, {far, -far}), Tensor::full({2, 1}, 1));
    EXPECT_EQ(buffers_of(layer)[0], Tensor::zeros({1}));
    EXPECT_EQ(buffers_of(layer)[1], Tensor::full({1}, 1));
    EXPECT_EQ(*layer.counters()[0].value, 0);
  }
}

TEST(BatchNormState, GradientCheckLeavesEverythingAsItWas) {
  Rng rng(14);
  BatchNorm1d layer(3);
  run(layer, rng.normal({8, 3}, 2, 3), rng.normal({8, 3}));
  const std::vector<Tensor> before = buffers_of(layer);
  const Tensor grad = layer.gamma()->grad();
  const GradcheckReport report = gradcheck(layer, rng.normal({5, 3}));
  EXPECT_TRUE(in_float || report.ok) << report;  // central differences need double
  EXPECT_EQ(buffers_of(layer), before);
  EXPECT_EQ(*layer.counters()[0].value, 1);
  EXPECT_EQ(layer.gamma()->grad(), grad);
  EXPECT_TRUE(layer.training());
}

TEST(BatchNormState, WithoutRunningEstimates) {
  BatchNorm1d layer(2, {.track_running_stats = false});
  EXPECT_TRUE(layer.buffers().empty());
  EXPECT_TRUE(layer.counters().empty());
  Rng rng(15);
  const Tensor x = rng.normal({4, 2}), dy = rng.normal({4, 2});
  const Results training = run(layer, x, dy);
  layer.eval();
  const Results evaluation = run(layer, x, dy);
  EXPECT_EQ(training.y, evaluation.y);
  EXPECT_EQ(training.dx, evaluation.dx);
}

TEST(BatchNormState, RefusesOneValueAChannel) {
  BatchNorm1d layer(3);
  Tape tape;
  const auto forward = [&](const Shape& shape) { return error_of([&] { layer(tape.input(Tensor::zeros(shape))); }); };
  const std::string refusal = "batch_norm: needs more than one value per channel when training, got ";
  EXPECT_EQ(forward({1, 3}), refusal + "[1, 3] (in batchnorm1d)");
  EXPECT_EQ(forward({1, 3, 1}), refusal + "[1, 3, 1] (in batchnorm1d)");
  EXPECT_EQ(forward({0, 3}), refusal + "[0, 3] (in batchnorm1d)");
  EXPECT_EQ(forward({1, 3, 2}), "no error");
  EXPECT_EQ(*layer.counters()[0].value, 1);  // what was refused was not counted
  layer.eval();
  EXPECT_EQ(forward({1, 3}), "no error");
  EXPECT_EQ(forward({0, 3}), "no error");
  EXPECT_EQ(forward({0, 3, 4}), "no error");

  BatchNorm1d untracked(3, {.track_running_stats = false});
  untracked.eval();
  EXPECT_EQ(error_of([&] {
              untracked(tape.input(Tensor::zeros({1, 3})));
            }),
            "batch_norm: needs more than one value per channel without running estimates, got [1, 3] (in batchnorm1d)");
}

TEST(BatchNormState, RefusesOtherShapesAndOptions) {
  Sequential model;
  model.add<BatchNorm1d>(3);
  Tape tape;
  EXPECT_EQ(error_of([&] {
              model(tape.input(Tensor::zeros({2, 4})));
            }),
            "batch_norm: needs x [n, 3] or [n, 3, l], got [2, 4] (in 0.batchnorm1d)");
  EXPECT_EQ(error_of([&] { model(tape.input(Tensor::zeros({3}))); }),
            "batch_norm: needs x [n, 3] or [n, 3, l], got [3] (in 0.batchnorm1d)");
  EXPECT_EQ(error_of([&] {
              model(tape.input(Tensor::zeros({2, 3, 4, 5})));
            }),
            "batch_norm: needs x [n, 3] or [n, 3, l], got [2, 3, 4, 5] (in 0.batchnorm1d)");
  EXPECT_EQ(error_of([] { BatchNorm1d(0); }), "batch_norm: channels must be positive, got 0");
  EXPECT_EQ(error_of([] { BatchNorm1d(1, {.eps = -1}); }), "batch_norm: eps must not be negative, got -1");
  EXPECT_EQ(error_of([] { BatchNorm1d(1, {.momentum = Scalar(2)}); }),
            "batch_norm: momentum is the weight of the new value, from 0 to 1, got 2");
}

// A copy would train parameters of its own, or lose them.
static_assert(!std::is_copy_constructible_v<BatchNorm1d> && !std::is_copy_assignable_v<BatchNorm1d>);
static_assert(std::is_move_constructible_v<BatchNorm1d>);

TEST(BatchNormState, MovedKeepsEverything) {
  Rng rng(17);
  const Tensor x = rng.normal({4, 2}), dy = rng.normal({4, 2});
  BatchNorm1d layer(2);
  randomize(layer, rng);
  const Results before = run(layer, x, dy);
  BatchNorm1d moved(std::move(layer));
  const Results after = run(moved, x, dy);
  EXPECT_EQ(after.y, before.y);
  EXPECT_EQ(after.dgamma, before.dgamma);
  EXPECT_EQ(*moved.counters()[0].value, 2);
}

// Estimates are numbers: if they were kept as part of the graph, every batch would hang on the one before.
TEST(BatchNormState, ForwardsDoNotPileUp) {
  BatchNorm1d layer(8);
  const Tensor x = Rng(19).normal({32, 8});
  std::int64_t after_ten = 0;
  for (int i = 0; i < 200; ++i) {
    Tape tape;
    layer(tape.input(x));
    tape.clear();
    if (i == 10) after_ten = Storage::bytes_in_use();
  }
  EXPECT_EQ(Storage::bytes_in_use(), after_ten);
}

TEST(BatchNormState, Describes) {
  EXPECT_EQ(BatchNorm1d(4).describe(), "BatchNorm1d(4)");
  EXPECT_EQ(BatchNorm1d(4, {.affine = false, .track_running_stats = false}).describe(),
            "BatchNorm1d(4, affine = false, track_running_stats = false)");
}

}  // namespace
