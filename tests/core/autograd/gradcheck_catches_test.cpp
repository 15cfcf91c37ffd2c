// The gradient check is checked: what is wrong on purpose must be caught, and what is right accepted. Built in double.
#include <gradus/core/autograd/gradcheck.h>
#include <gradus/core/tensor/random.h>

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

using namespace gradus;

namespace {

using Backward = std::function<void(const Tensor& dy, Gradients& d)>;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

const Tensor x23 = Rng(1).normal({2, 3}), w33 = Rng(2).normal({3, 3});

// y = x w with the given backward: of input 0 it is dy w^T, of input 1 x^T dy.
GradcheckReport check_matmul(const std::function<Backward(Tensor x, Tensor w)>& backward) {
  return gradcheck(
      [&](const std::vector<Variable>& in) {
        const Tensor y = matmul(in[0].value(), in[1].value());
        return record("matmul", {in[0], in[1]}, y, backward(in[0].value(), in[1].value()));
      },
      std::vector<Tensor>{x23, w33});
}

TEST(Gradcheck, AcceptsWhatIsRight) {
  const GradcheckReport report = check_matmul([](const Tensor& x, const Tensor& w) {
    return [=](const Tensor& dy, Gradients& d) {
      d.add(0, matmul(dy, w, Transpose::second));
      d.add(1, matmul(x, dy, Transpose::first));
    };
  });
  EXPECT_TRUE(report) << report;
  EXPECT_LT(report.worst_error, 1e-8);
  EXPECT_TRUE(contains(report.message, "45 gradients agree in three forwards before one backward")) << report;
}

TEST(Gradcheck, CatchesAMissingTerm) {
  // y = x^2 / sum(x): dx = dy 2 x / s - sum(dy x^2) / s^2, of which the second term is forgotten
  const GradcheckReport report = gradcheck(
      [](const Variable& x) {
        const Tensor square = x.value() * x.value(), s = sum(x.value());
        return record("f", {x}, square / s,
                      [x = x.value(), s](const Tensor& dy, Gradients& d) { d.add(0, dy * 2 * x / s); });
      },
      Tensor({3}, {1, 2, 3}));
  EXPECT_FALSE(report);
}

TEST(Gradcheck, CatchesAWrongSign) {
  const GradcheckReport report = check_matmul([](const Tensor& x, const Tensor& w) {
    return [=](const Tensor& dy, Gradients& d) {
      d.add(0, matmul(dy, w, Transpose::second));
      d.add(1, -matmul(x, dy, Transpose::first));
    };
  });
  EXPECT_FALSE(report);
  EXPECT_EQ(report.message.substr(0, 19), "input 1 [3, 3] at [") << report;
}

TEST(Gradcheck, CatchesATransposedGradient) {
  const GradcheckReport report = check_matmul([](const Tensor& x, const Tensor& w) {
    return [=](const Tensor& dy, Gradients& d) {
      d.add(0, matmul(dy, w));
      d.add(1, matmul(x, dy, Transpose::first));
    };
  });
  EXPECT_FALSE(report);
  EXPECT_EQ(report.message.substr(0, 19), "input 0 [2, 3] at [") << report;
}

TEST(Gradcheck, CatchesAFactor) {
  for (const double factor : {2.0, 0.5, 1.001, 0.99999}) {
    const GradcheckReport report = check_matmul([=](const Tensor& x, const Tensor& w) {
      return [=](const Tensor& dy, Gradients& d) {
        d.add(0, matmul(dy, w, Transpose::second) * factor);
        d.add(1, matmul(x, dy, Transpose::first));
      };
    });
    EXPECT_FALSE(report) << factor;
    EXPECT_NEAR(report.worst_error, std::abs(factor - 1), 1e-7);
  }
}

TEST(Gradcheck, CatchesOneWrongElement) {
  const GradcheckReport report = gradcheck(
      [](const Variable& x) {
        const Tensor y = x.value() * 3;
        return record("f", {x}, y, [](const Tensor& dy, Gradients& d) {
          Tensor dx = dy * 3;
          dx.set({1, 2}, 0);
          d.add(0, dx);
        });
      },
      x23);
  EXPECT_FALSE(report);
  EXPECT_EQ(report.message.substr(0, 25), "input 0 [2, 3] at [1, 2]:") << report;
}

// With weights 1 everywhere, as a plain sum has them, this gradient would look right.
TEST(Gradcheck, CatchesAGradientThatForgetsWhatArrives) {
  const GradcheckReport report = gradcheck(
      [](const Variable& x) {
        const Tensor y = x.value() * 3;
        return record("f", {x}, y, [](const Tensor& dy, Gradients& d) { d.add(0, Tensor::full(dy.shape(), 3)); });
      },
      x23);
  EXPECT_FALSE(report);
}

TEST(Gradcheck, CatchesZeroAndNothing) {
  for (const bool zero : {true, false}) {
    const GradcheckReport report = gradcheck(
        [=](const Variable& x) {
          const Tensor y = x.value() * 3;
          return record("f", {x}, y, [=](const Tensor& dy, Gradients& d) {
            if (zero) d.add(0, Tensor::zeros(dy.shape()));
          });
        },
        x23);
    EXPECT_FALSE(report);
    EXPECT_TRUE(contains(report.message, ": analytic 0, numeric ")) << report;
  }
}

TEST(Gradcheck, CatchesNan) {
  const GradcheckReport analytic = gradcheck(
      [](const Variable& x) {
        const Tensor y = x.value() * 3;
        return record("f", {x}, y, [](const Tensor& dy, Gradients& d) { d.add(0, dy * std::nan("")); });
      },
      x23);
  EXPECT_FALSE(analytic);
  EXPECT_TRUE(contains(analytic.message, ": analytic nan, numeric ") || contains(analytic.message, ": analytic -nan"));
  const GradcheckReport numeric = gradcheck([](const Variable& x) { return log(x); }, Tensor({2}, {1, -1}));
  EXPECT_FALSE(numeric);
}

// Gradients arrive in a parameter that has some already: they must add. This one overwrites.
TEST(Gradcheck, CatchesGradientsThatAreOverwritten) {
  Parameter w("weight", Tensor({3}, {1, 2, 3}));
  const GradcheckReport report = gradcheck(
      [&](const Variable& x) {
        const Tensor y = x.value() * w.value();
        return record("f", {x}, y, [x = x.value(), &w](const Tensor& dy, Gradients& d) {
          d.add(0, dy * w.value());
          w.set_grad(sum_to(dy * x, {3}));
        });
      },
      x23, {&w});
  EXPECT_FALSE(report);
  EXPECT_EQ(report.message.substr(0, 27), "parameter 0 (weight) [3] at") << report;
  EXPECT_TRUE(contains(report.message, "in three forwards before one backward")) << report;
}

// What a forward leaves in the layer, the next forward overwrites.
TEST(Gradcheck, CatchesStateSharedBetweenCalls) {
  Tensor last;
  const GradcheckReport report = gradcheck(
      [&](const Variable& x) {
        last = x.value();
        return record("square", {x}, x.value() * x.value(),
                      [&](const Tensor& dy, Gradients& d) { d.add(0, dy * 2 * last); });
      },
      x23);
  EXPECT_FALSE(report);
  EXPECT_EQ(report.message.substr(0, 31), "input 0 of forward 2 [2, 3] at ") << report;
}

// y = x / sqrt(x^2 + eps) with a gradient that forgets eps: it only shows where x is small.
TEST(Gradcheck, CatchesAForgottenEpsilon) {
  const double eps = 1e-5;
  const GradcheckReport report = gradcheck(
      [=](const Variable& x) {
        const Tensor root = sqrt(sum(x.value() * x.value()) + eps), y = x.value() / root;
        return record("normalize", {x}, y, [y, s = sqrt(sum(x.value() * x.value()))](const Tensor& dy, Gradients& d) {
          d.add(0, (dy - y * sum(dy * y)) / s);
        });
      },
      Tensor({3}, {3, 4, 12}));
  EXPECT_FALSE(report);
  EXPECT_TRUE(contains(report.message, "of forward 3")) << report;
}

TEST(Gradcheck, SaysWhereHowMuchAndInWhat) {
  const GradcheckReport report = gradcheck(
      [](const Variable& x) {
        return record("f", {x}, x.value() * 2, [](const Tensor& dy, Gradients& d) { d.add(0, dy * 3); });
      },
      Tensor({1, 2}, {1, 1}));
  Rng rng(1);
  const Tensor weights = rng.normal({1, 2});
  const int worst = std::abs(weights.data()[0]) > std::abs(weights.data()[1]) ? 0 : 1;
  std::ostringstream expected;
  expected << "gradients differ: input 0 [1, 2] at [0, " << worst << "]: analytic " << 3 * weights.data()[worst]
           << ", numeric " << 2 * weights.data()[worst]
           << " (difference 0.5 of its size, allowed 1e-06) in one forward and one backward";
  std::ostringstream printed;
  printed << report;
  EXPECT_EQ(printed.str(), expected.str());
}

// A small gradient beside a large one: its error is judged by its own noise.
TEST(Gradcheck, FindsAWrongGradientBesideALargeOne) {
  const auto f = [](Scalar claimed) {
    return [claimed](const Variable& x) {
      const Variable b = rows(x, 1, 2);
      const Variable same =
          record("same", {b}, b.value(), [=](const Tensor& dy, Gradients& d) { d.add(0, dy * claimed); });
      return sum(rows(x, 0, 1)) * Scalar(1e8) + sum(same);
    };
  };
  const Tensor x({2}, {0.7, 1.3});
  const GradcheckReport wrong = gradcheck(f(2), x), right = gradcheck(f(1), x);
  EXPECT_FALSE(wrong);
  EXPECT_TRUE(contains(wrong.message, "input 0 [2] at [1]: analytic ")) << wrong;
  EXPECT_TRUE(right) << right;
}

}  // namespace
