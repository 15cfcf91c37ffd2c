// The gradient check is checked: what it says, what it leaves as it was, and gradients of any size. Built in double.
#include "error_of.h"

#include <gradus/core/autograd/gradcheck.h>
#include <gradus/core/tensor/random.h>

#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

using namespace gradus;

namespace {

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

const Tensor x23 = Rng(1).normal({2, 3});

TEST(Gradcheck, SaysWhenNothingWasTested) {
  const std::string nothing = "nothing was tested: all gradients are zero in one forward and one backward";
  const std::vector<std::function<Variable(const Variable&)>> flat = {
      [](const Variable& x) { return relu(x - 100); },
      [](const Variable& x) { return x * 0; },
      [](const Variable& x) { return x - x; },
      // Zero but for rounding, in the backward and in the differences.
      [](const Variable& x) { return sum(softmax(x), {1}); },
      [](const Variable& x) { return sum(softmax(x), {1}) * 1000; },
      [](const Variable& x) { return mean(x - mean(x, {1}, Reduced::kept), {1}); },
  };
  for (const auto& f : flat) {
    const GradcheckReport report = gradcheck(f, x23);
    EXPECT_FALSE(report);
    EXPECT_EQ(report.message, nothing);
  }
  EXPECT_EQ(gradcheck([](const Variable& x) { return exp(x); }, Tensor::zeros({0, 3})).message, nothing);
}

// One input's gradient may be zero as long as another's is not, and must be, but for rounding.
TEST(Gradcheck, AcceptsAGradientThatIsZeroBesideOneThatIsNot) {
  Parameter bias("bias", Rng(3).normal({3}));  // before a normalization: it has no effect
  const GradcheckReport report = gradcheck(
      [&](const Variable& x) {
        const Variable h = x + bias;
        return tanh(h - mean(h, {0}, Reduced::kept));
      },
      Rng(1).normal({4, 3}), {&bias});
  EXPECT_TRUE(report) << report;
}

TEST(Gradcheck, RemarksOnAKink) {
  const GradcheckReport report = gradcheck([](const Variable& x) { return relu(x); }, Tensor({2}, {1, 0}));
  EXPECT_FALSE(report);
  EXPECT_TRUE(contains(report.message, "at [1]")) << report;
  EXPECT_TRUE(contains(report.message, "; a kink? The slope is ")) << report;
  const GradcheckReport smooth = gradcheck(
      [](const Variable& x) {
        return record("exp", {x}, exp(x.value()), [](const Tensor& dy, Gradients& d) { d.add(0, dy); });
      },
      x23);
  EXPECT_FALSE(smooth);
  EXPECT_FALSE(contains(smooth.message, "kink")) << smooth;
}

TEST(Gradcheck, LeavesParametersAsTheyWere) {
  Parameter a("a", Tensor({2}, {1, 2})), b("b", Tensor({2}, {3, 4}));
  a.set_grad(Tensor({2}, {5, 6}));
  const auto f = [&](const Variable& x) { return x * a * b; };
  EXPECT_TRUE(gradcheck(f, Tensor({2}, {1, 1}), {&a, &b}));
  EXPECT_EQ(a.value(), Tensor({2}, {1, 2}));
  EXPECT_EQ(b.value(), Tensor({2}, {3, 4}));
  EXPECT_EQ(a.grad(), Tensor({2}, {5, 6}));
  EXPECT_FALSE(b.has_grad());
}

TEST(Gradcheck, LeavesParametersAsTheyWereWhenTheFunctionThrows) {
  for (int last = 0; last < 12; ++last) {
    Parameter a("a", Tensor({2}, {1, 2}));
    a.set_grad(Tensor({2}, {5, 6}));
    int calls = 0;
    const auto f = [&](const Variable& x) {
      if (calls++ == last) throw std::runtime_error("enough");
      return x * a;
    };
    EXPECT_THROW(gradcheck(f, Tensor({2}, {1, 1}), {&a}), std::runtime_error);
    EXPECT_EQ(a.value(), Tensor({2}, {1, 2})) << last;
    EXPECT_EQ(a.grad(), Tensor({2}, {5, 6})) << last;
  }
}

TEST(Gradcheck, ChecksAParameterWithTwoNamesOnceAndAFrozenOneNotAtAll) {
  Parameter w("w", Tensor({2}, {1, 2})), frozen("frozen", Tensor({2}, {3, 4}));
  Parameter tied = w.share();
  frozen.freeze();
  const auto f = [&](const Variable& x) { return x * w * tied * frozen; };
  const GradcheckReport report = gradcheck(f, Tensor({2}, {1, 1}), {&w, &tied, &frozen});
  EXPECT_TRUE(report) << report;
  EXPECT_EQ(report.message.substr(0, 18), "4 gradients agree ") << report;  // 3 inputs and w
  EXPECT_TRUE(frozen.frozen());
}

TEST(Gradcheck, PutsStateBackAroundEachEvaluation) {
  Rng rng(7);
  const Rng::State start = rng.state();
  GradcheckOptions options;
  const auto noisy = [&](const Variable& x) { return x * Variable(rng.normal()); };
  EXPECT_FALSE(gradcheck(noisy, x23, {}, options));
  rng.set_state(start);
  options.restore = [&] { rng.set_state(start); };
  const GradcheckReport report = gradcheck(noisy, x23, {}, options);
  EXPECT_TRUE(report) << report;
  EXPECT_EQ(rng.state(), start);
}

TEST(Gradcheck, TakesInputsOfAnyKind) {
  EXPECT_TRUE(gradcheck([](const std::vector<Variable>& in) { return in[0] * in[1] + in[2]; },
                        std::vector<Tensor>{Tensor(2), x23, Tensor({1}, {3})}));
}

TEST(Gradcheck, RefusesAResultThatChangesItsShape) {
  std::int64_t calls = 0;
  const auto f = [&](const Variable& x) { return rows(x, 0, 1 + calls++ % 2); };
  EXPECT_EQ(error_of([&] { gradcheck(f, x23); }), "gradcheck: f returned first [1, 3], then [2, 3]");
}

TEST(Gradcheck, OneInputThatIsLargeBesideOneThatIsSmall) {
  const GradcheckReport report =
      gradcheck([](const std::vector<Variable>& in) { return exp(in[0]) * in[1]; },
                std::vector<Tensor>{Tensor({3}, {1e-3, -2e-3, 3e-3}), Tensor({3}, {1e3, 2e3, 3e3})});
  EXPECT_TRUE(report) << report;
}

// The step that suits the large element leaves where log is defined, or where the norm is nearly straight.
TEST(Gradcheck, AcceptsASmallElementBesideALargeOne) {
  const auto log_of = [](const Variable& x) { return log(x); };
  for (const Tensor& x : {Tensor({2}, {1e8, 1}), Tensor({3}, {100, 1e-3, 5})}) {
    const GradcheckReport report = gradcheck(log_of, x);
    EXPECT_TRUE(report) << report;
  }
  const auto spread = [](const Variable& x) { return log_softmax(x); };
  const GradcheckReport report = gradcheck(spread, Tensor({1, 3}, {1e5, 1e5 + 1, 1e5 - 1}));
  EXPECT_TRUE(report) << report;
  const auto wrong = [](const Variable& x) {
    return record("wrong", {x}, log(x.value()), [x = x.value()](const Tensor& dy, Gradients& d) {
      d.add(0, dy / x * Tensor({2}, {1, 1.001}));
    });
  };
  EXPECT_FALSE(gradcheck(wrong, Tensor({2}, {1e8, 1})));
}

// What is small beside 1, or beside the output, is tested all the same.
TEST(Gradcheck, GradientsOfAnySize) {
  const GradcheckReport small = gradcheck([](const Variable& x) { return x * x * Scalar(1e-12); }, x23);
  EXPECT_TRUE(small) << small;
  const GradcheckReport large = gradcheck([](const Variable& x) { return x * x; }, x23 * Scalar(1e15));
  EXPECT_TRUE(large) << large;
}

}  // namespace
