// What each round and each mode of a gradient check is there for. Built in double.
#include <gradus/core/autograd/gradcheck.h>
#include <gradus/core/tensor/random.h>
#include <gradus/layers/gradcheck.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

using namespace gradus;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

namespace {

// y = f(x), with the gradient it claims.
Variable claimed(const Variable& x, const Tensor& y, const Tensor& slope) {
  return record("claimed", {x}, y, [slope](const Tensor& dy, Gradients& d) { d.add(0, dy * slope); });
}

const Tensor x23 = Rng(1).normal({2, 3});

TEST(GradcheckRounds, TheWorstErrorIsThatOfAllRounds) {
  int forwards = 0;  // the first is that of the first backward
  const GradcheckReport report = gradcheck(
      [&](const Variable& x) {
        return claimed(x, x.value() * 2, Tensor::full(x.shape(), forwards++ == 0 ? 2 * (1 + 5e-7) : 2));
      },
      x23);
  EXPECT_TRUE(report) << report;
  EXPECT_NEAR(report.worst_error, 5e-7, 1e-7);
}

TEST(GradcheckRounds, AStronglyCurvedFunctionHasALargerStep) {
  const GradcheckReport report = gradcheck([](const Variable& x) { return exp(x * 1500); }, Tensor({2}, {0.3, 0.2}));
  EXPECT_TRUE(report) << report;
}

// What the step does to a curved function is allowed for, and no more.
TEST(GradcheckRounds, AStronglyCurvedFunctionMayNotBeOffByMuch) {
  const auto check = [](double factor) {
    return gradcheck(
        [=](const Variable& x) { return claimed(x, exp(x.value() * 3000), exp(x.value() * 3000) * 3000 * factor); },
        Tensor({1}, {0.15}));
  };
  EXPECT_TRUE(check(1)) << check(1);
  EXPECT_FALSE(check(1.0001)) << check(1.0001);
}

TEST(GradcheckRounds, AParameterThatIsZeroIsVariedToo) {
  Parameter w("w", Tensor::zeros({3}));  // where y = x (1 + w^2) does not depend on it
  const GradcheckReport report = gradcheck(
      [&](const Variable& x) {
        const Variable v = w;
        const Tensor y = x.value() * (1 + w.value() * w.value());
        return record("forgets", {x, v}, y, [x = x.value(), w = w.value()](const Tensor& dy, Gradients& d) {
          d.add(0, dy * (1 + w * w));
          d.add(1, sum(dy * x, {0}) * 0);
        });
      },
      x23, {&w});
  EXPECT_FALSE(report);
  EXPECT_THAT(report.message, HasSubstr("parameter 0 (w) [3]"));
  EXPECT_THAT(report.message, HasSubstr("in three forwards before one backward"));
}

TEST(GradcheckRounds, ACurveIsNoKink) {
  const GradcheckReport report =
      gradcheck([](const Variable& x) { return claimed(x, exp(x.value() * 1000), exp(x.value() * 1000) * 1100); },
                Tensor({1}, {0.2}));
  EXPECT_FALSE(report);
  EXPECT_THAT(report.message, Not(HasSubstr("kink")));
}

// y = 2 x, whose gradient is off by a factor in one of the modes.
class Off : public Layer {
 public:
  Off(bool in_training, double factor) : in_training_(in_training), factor_(factor) {}

 private:
  Variable forward(const Variable& x) override {
    return claimed(x, x.value() * 2, Tensor::full(x.shape(), training() == in_training_ ? 2 * factor_ : 2));
  }
  bool in_training_;
  double factor_;
};

TEST(GradcheckRounds, ALayerIsCheckedInBothModes) {
  Off in_evaluation(false, 1.1), in_training(true, 1.1), hardly(true, 1 + 5e-7);
  EXPECT_THAT(gradcheck(in_evaluation, x23).message, StartsWith("Off in evaluation: input 0 [2, 3] at "));
  EXPECT_THAT(gradcheck(in_training, x23).message, StartsWith("Off in training: input 0 [2, 3] at "));
  const GradcheckReport report = gradcheck(hardly, x23);
  EXPECT_TRUE(report) << report;
  EXPECT_NEAR(report.worst_error, 5e-7, 1e-7) << "of training, though evaluation is exact";
}

// NaN for one element, and 0 for the other, of what does not depend on x.
TEST(GradcheckRounds, ANanBesideAZeroIsNoZero) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto check = [](const Tensor& slope) {
    return gradcheck([&](const Variable& x) { return claimed(x, Tensor::full({2}, 3), slope); }, Tensor({2}, {1, 2}));
  };
  const GradcheckReport first = check(Tensor({2}, {nan, 0})), both = check(Tensor({2}, {nan, 5}));
  EXPECT_THAT(first.message, StartsWith("input 0 [2] at [0]: analytic "));
  EXPECT_THAT(both.message, StartsWith("input 0 [2] at [0]: analytic ")) << "nothing is worse";
  EXPECT_TRUE(std::isnan(both.worst_error));
}

// A forward that throws away what is there already: seen only where something is.
TEST(GradcheckRounds, AGradientThatIsThrownAwayIsMissed) {
  Parameter w("w", Tensor({3}, {1, 2, 3}));
  const GradcheckReport report = gradcheck(
      [&](const Variable& x) {
        w.zero_grad();
        return x * w;
      },
      x23, {&w});
  EXPECT_FALSE(report);
  EXPECT_THAT(report.message, HasSubstr("with gradients filled before"));
}

TEST(GradcheckRounds, AGradientOfWhatIsConstantIsWrong) {
  const GradcheckReport report = gradcheck(
      [](const Variable& x) {
        return claimed(x, Tensor::full({2}, 3), Tensor({2}, {1, 1}));
      },
      Tensor({2}, {1, 2}));
  EXPECT_FALSE(report);
  EXPECT_THAT(report.message, StartsWith("input 0 [2] at ["));
}

TEST(GradcheckRounds, WhatDependsOnNothingIsNotTested) {
  EXPECT_THAT(gradcheck([](const Variable&) { return Variable(2) * 3; }, x23).message,
              StartsWith("nothing was tested"));
}

TEST(GradcheckRounds, StateIsPutBackAlsoWhereTheCheckFails) {
  int state = 0;
  GradcheckOptions options;
  options.restore = [&] { state = 0; };
  const auto wrong = [&](const Variable& x) {
    ++state;
    return claimed(x, x.value() * 2, Tensor::full(x.shape(), 3));
  };
  EXPECT_FALSE(gradcheck(wrong, x23, {}, options));
  EXPECT_EQ(state, 0);
  Off layer(true, 1);
  int restored = 0;
  options.restore = [&] { ++restored; };
  EXPECT_TRUE(gradcheck(layer, x23, options));
  EXPECT_GT(restored, 0) << "of a layer too";
}

}  // namespace
