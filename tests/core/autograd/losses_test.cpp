// Losses: values by hand, gradients (in double against central differences), extreme logits, refusals.
#include "error_of.h"

#include <gradus/core/autograd/gradcheck.h>
#include <gradus/core/tensor/random.h>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

using namespace gradus;

namespace {

using Labels = std::vector<std::int32_t>;

constexpr bool in_float = sizeof(Scalar) == 4;

TEST(CrossEntropy, ByHand) {
  Tape tape;
  // Softmax of (0, log 3) is (1/4, 3/4), of (0, 0) is (1/2, 1/2).
  const Variable logits = tape.variable(Tensor({2, 2}, {0, std::log(Scalar(3)), 0, 0}));
  const Variable loss = cross_entropy(logits, Labels{1, 0});
  EXPECT_EQ(loss.shape(), Shape());
  EXPECT_NEAR(loss.item(), (std::log(4.0 / 3) + std::log(2.0)) / 2, 1e-6);
  tape.backward(loss);
  const double expected[] = {0.25 / 2, -0.25 / 2, -0.5 / 2, 0.5 / 2};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(logits.grad().values()[i], expected[i], 1e-7);
}

// Smoothing s moves the target to 1 - s + s/3 at the label and s/3 elsewhere.
TEST(CrossEntropy, LabelSmoothingByHand) {
  Tape tape;
  const Variable logits = tape.variable(Tensor::zeros({1, 3}));
  const Variable loss = cross_entropy(logits, Labels{2}, Scalar(0.3));
  EXPECT_NEAR(loss.item(), std::log(3.0), 1e-6);
  tape.backward(loss);
  const double expected[] = {1.0 / 3 - 0.1, 1.0 / 3 - 0.1, 1.0 / 3 - 0.8};
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(logits.grad().values()[i], expected[i], 1e-7);
}

TEST(CrossEntropy, StableAtExtremeLogits) {
  for (const Scalar smoothing : {Scalar(0), Scalar(0.1)}) {
    Tape tape;
    const Variable logits = tape.variable(Tensor({2, 3}, {10000, 0, -10000, 10000, 0, -10000}));
    const Variable loss = cross_entropy(logits, Labels{0, 2}, smoothing);
    // Sample 1: s/3 (0 + 1e4 + 2e4). Sample 2: (1 - s) 2e4 + s/3 (0 + 1e4 + 2e4).
    EXPECT_NEAR(loss.item(), ((1 - smoothing) * 2e4 + 2 * smoothing / 3 * 3e4) / 2, 0.01);
    tape.backward(loss);
    EXPECT_TRUE(all_finite(logits.grad()));
    EXPECT_NEAR(logits.grad().at({1, 0}), (1 - smoothing / 3) / 2, 1e-6);
  }
}

TEST(CrossEntropy, ShiftingAllLogitsChangesNothing) {
  Rng rng(1);
  const Tensor x = rng.normal({4, 5});
  Tape tape;
  const Labels labels = {0, 4, 2, 2};
  EXPECT_NEAR(cross_entropy(tape.input(x), labels).item(), cross_entropy(tape.input(x + Scalar(100)), labels).item(),
              in_float ? 1e-4 : 1e-12);
}

TEST(CrossEntropy, NanIsSeen) {
  Tape tape;
  Tensor x = Tensor::zeros({2, 2});
  x.set({1, 1}, std::numeric_limits<Scalar>::quiet_NaN());
  EXPECT_TRUE(std::isnan(cross_entropy(tape.input(x), Labels{0, 0}).item()));
}

TEST(CrossEntropy, Refuses) {
  Tape tape;
  const auto error = [&](const Shape& shape, const Labels& labels, Scalar smoothing = 0) {
    return error_of([&] { cross_entropy(tape.input(Tensor::zeros(shape)), labels, smoothing); });
  };
  EXPECT_EQ(error({3}, {0, 0, 0}), "cross_entropy: logits [3] need 1 labels, got 3");
  EXPECT_EQ(error({}, {0}), "cross_entropy: needs logits [..., classes], got []");
  EXPECT_EQ(error({2, 3}, {0}), "cross_entropy: logits [2, 3] need 2 labels, got 1");
  EXPECT_EQ(error({2, 3}, {0, 3}), "cross_entropy: label 3 of sample 1 is not from 0 to 2");
  EXPECT_EQ(error({2, 3}, {-1, 0}), "cross_entropy: label -1 of sample 0 is not from 0 to 2");
  EXPECT_EQ(error({0, 3}, {}), "cross_entropy: the batch is empty: logits [0, 3]");
  EXPECT_EQ(error({1, 3}, {0}, Scalar(1.5)), "cross_entropy: label smoothing must be from 0 to 1, got 1.5");
  EXPECT_EQ(error({1, 3}, {0}, 1), "no error");
}

TEST(MeanSquaredError, ByHand) {
  Tape tape;
  const Variable y = tape.variable(Tensor({2, 1}, {1, 5})), target = tape.variable(Tensor({2, 1}, {3, 4}));
  const Variable loss = mse(y, target);
  EXPECT_EQ(loss.item(), Scalar(2.5));  // (4 + 1) / 2
  tape.backward(loss);
  EXPECT_EQ(y.grad(), Tensor({2, 1}, {-2, 1}));
  EXPECT_EQ(target.grad(), Tensor({2, 1}, {2, -1}));
}

TEST(MeanSquaredError, Refuses) {
  Tape tape;
  const auto error = [&](const Shape& y, const Shape& target) {
    return error_of([&] { mse(tape.input(Tensor::zeros(y)), tape.input(Tensor::zeros(target))); });
  };
  EXPECT_EQ(error({2, 1}, {2}), "mse: y [2, 1] and target [2] differ");  // would broadcast to [2, 2]
  EXPECT_EQ(error({0, 2}, {0, 2}), "mse: the batch is empty: y [0, 2]");
}

#ifdef GRADUS_DOUBLE
TEST(Losses, Gradients) {
  Rng rng(2);
  const Tensor x = rng.normal({4, 5}, 0, 2);
  for (const Scalar smoothing : {0.0, 0.1, 0.9}) {
    const auto loss = [&](const Variable& logits) { return cross_entropy(logits, Labels{0, 4, 2, 2}, smoothing); };
    const GradcheckReport report = gradcheck(loss, x);
    EXPECT_TRUE(report) << report;
  }
  const Differentiable error = [](const std::vector<Variable>& in) { return mse(in[0], in[1]); };
  const GradcheckReport report = gradcheck(error, {rng.normal({3, 2}), rng.normal({3, 2})});
  EXPECT_TRUE(report) << report;
}
#endif

// 0 times an infinity is no part of the sum: with full smoothing the label itself has no weight of its own.
TEST(CrossEntropy, OfFullSmoothingAndALogitOfMinusInfinity) {
  Tape tape;
  const Scalar infinity = std::numeric_limits<Scalar>::infinity();
  const std::vector<std::int32_t> label = {0};
  EXPECT_EQ(cross_entropy(tape.input(Tensor({1, 2}, {-infinity, 0})), label, 1).item(), infinity);
  EXPECT_EQ(cross_entropy(tape.input(Tensor({1, 2}, {-infinity, 0})), std::vector<std::int32_t>{1}, 0).item(), 0);
}

TEST(CrossEntropy, LeavesOutWhatIsIgnored) {
  Rng rng(5);
  const Tensor x = rng.normal({2, 2, 3});
  Tape tape;
  const Variable some = tape.variable(x),
                 kept =
                     tape.variable(concat(std::vector{x.reshape({4, 3}).rows(0, 1), x.reshape({4, 3}).rows(2, 4)}, 0));
  const Variable loss = cross_entropy(some, Labels{2, -1, 0, 1}, Scalar(0.1), -1);
  const Variable expected = cross_entropy(kept, Labels{2, 0, 1}, Scalar(0.1));
  EXPECT_NEAR(loss.item(), expected.item(), 1e-6);
  tape.backward(loss + expected);
  EXPECT_EQ(some.grad().at({0, 1, 2}), 0);
  EXPECT_EQ(some.grad().reshape({4, 3}).rows(2, 4), kept.grad().rows(1, 3));
  EXPECT_EQ(error_of([&] {
              cross_entropy(some, Labels{-1, -1, -1, -1}, 0, -1);
            }),
            "cross_entropy: every label is -1, which is ignored");
  EXPECT_EQ(error_of([&] {
              cross_entropy(some, Labels{7, 7, 7, 7}, 0, 7);
            }),
            "cross_entropy: every label is 7, which is ignored");
  EXPECT_EQ(cross_entropy(some, Labels{2, 7, 0, 1}, Scalar(0.1), 7).item(), loss.item()) << "whichever it is";
  EXPECT_EQ(error_of([&] {
              cross_entropy(some, Labels{0, -2, 0, 0}, 0, -1);
            }),
            "cross_entropy: label -2 of sample 1 is not from 0 to 2");
}

TEST(RegressionLosses, ByHand) {
  Tape tape;
  const Variable y = tape.variable(Tensor({4}, {0, 1, 5, -3})),
                 target = tape.variable(Tensor({4}, {0, Scalar(0.5), 1, 1}));
  const Variable absolute = l1(y, target), robust = huber(y, target, 2);
  EXPECT_EQ(absolute.item(), Scalar(8.5 / 4));
  EXPECT_EQ(robust.item(), Scalar((0.125 + 2 * 3 + 2 * 3) / 4));
  tape.backward(absolute, {.retain_graph = true});
  EXPECT_EQ(y.grad(), Tensor({4}, {0, 0.25, 0.25, -0.25}));
  EXPECT_EQ(target.grad(), Tensor({4}, {0, -0.25, -0.25, 0.25}));
  tape.backward(robust);
  EXPECT_EQ(y.grad(), Tensor({4}, {0, 0.25 + 0.125, 0.25 + 0.5, -0.25 - 0.5}));
}

// Far from the target nothing overflows, and close to it nothing is lost.
TEST(BinaryCrossEntropy, AtExtremeLogits) {
  Tape tape;
  const Variable x = tape.variable(Tensor({4}, {1000, -1000, 30, 0}));
  const Variable loss = binary_cross_entropy_with_logits(x, tape.input(Tensor({4}, {0, 1, 1, Scalar(0.5)})));
  EXPECT_NEAR(loss.item(), (2000 + std::exp(-30.0) + std::log(2.0)) / 4, 1e-4);
  tape.backward(loss);
  EXPECT_EQ(x.grad().at({0}), Scalar(0.25));
  EXPECT_EQ(x.grad().at({1}), Scalar(-0.25));
  EXPECT_EQ(x.grad().at({3}), 0);
  const Variable right = binary_cross_entropy_with_logits(tape.input(Tensor({1}, {30})), tape.input(Tensor({1}, {1})));
  EXPECT_NEAR(right.item() / std::exp(-30.0), 1, 1e-5);
}

TEST(RegressionLosses, RefuseWhatDoesNotFit) {
  Tape tape;
  const Variable a = tape.input(Tensor::zeros({2})), b = tape.input(Tensor::zeros({3}));
  EXPECT_EQ(error_of([&] { l1(a, b); }), "l1: y [2] and target [3] differ");
  EXPECT_EQ(error_of([&] { huber(a, a, 0); }), "huber: delta must be positive, got 0");
  EXPECT_EQ(error_of([&] { binary_cross_entropy_with_logits(a, b); }),
            "binary_cross_entropy_with_logits: y [2] and target [3] differ");
}

}  // namespace
