// Optimizers, schedules and clipping: first steps by hand, what is skipped, what is refused. (Many steps of a whole
// network against PyTorch: reference_test.cpp.)
#include "error_of.h"

#include <gradus/layers/batch_norm.h>
#include <gradus/optim/adam.h>
#include <gradus/optim/clip.h>
#include <gradus/optim/schedule.h>
#include <gradus/optim/sgd.h>

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <numbers>

using namespace gradus;

namespace {

constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();

Parameter parameter(const std::string& name, Scalar value, Scalar grad) {
  Parameter p(name, Tensor({1}, {value}));
  p.set_grad(Tensor({1}, {grad}));
  return p;
}

// The values after each of three steps with the same gradient, 0.5, of a weight that starts at 1.
void expect_steps(const std::function<std::unique_ptr<Optimizer>(const std::vector<Parameter*>&)>& make,
                  const std::vector<double>& expected) {
  Parameter w = parameter("w", 1, Scalar(0.5));
  const auto optimizer = make({&w});
  for (const double value : expected) {
    optimizer->step();
    EXPECT_NEAR(w.value().item(), value, 1e-6);
    EXPECT_EQ(w.grad().item(), Scalar(0.5));  // no step changes a gradient
  }
}

TEST(Optimizers, SgdByHand) {
  expect_steps([](auto& p) { return std::make_unique<SGD>(p, SGDOptions{.learning_rate = 0.1}); }, {0.95, 0.9, 0.85});
  // v = 0.5, 0.95, 1.355
  expect_steps([](auto& p) { return std::make_unique<SGD>(p, SGDOptions{.learning_rate = 0.1, .momentum = 0.9}); },
               {0.95, 0.855, 0.7195});
  // 0.5 + 0.9 v = 0.95, 1.355, 1.7195
  expect_steps(
      [](auto& p) {
        return std::make_unique<SGD>(p, SGDOptions{.learning_rate = 0.1, .momentum = 0.9, .nesterov = true});
      },
      {0.905, 0.7695, 0.59755});
  // g = 0.5 + 0.2 w = 0.7, 0.686
  expect_steps([](auto& p) { return std::make_unique<SGD>(p, SGDOptions{.learning_rate = 0.1, .weight_decay = 0.2}); },
               {0.93, 0.8614});
}

TEST(Optimizers, AdamByHand) {
  // With a constant gradient m / (1 - b1^t) is g and v / (1 - b2^t) is g^2: each step is the learning rate.
  expect_steps([](auto& p) { return std::make_unique<Adam>(p, AdamOptions{.learning_rate = 0.1}); }, {0.9, 0.8, 0.7});
  // An eps as large as |g| halves it.
  expect_steps([](auto& p) { return std::make_unique<Adam>(p, AdamOptions{.learning_rate = 0.1, .eps = 0.5}); },
               {0.95, 0.9});
  // Decay in the gradient does not show in the first step, whose size is the learning rate whatever g is ...
  expect_steps(
      [](auto& p) { return std::make_unique<Adam>(p, AdamOptions{.learning_rate = 0.1, .weight_decay = 0.3}); }, {0.9});
  // ... AdamW shrinks the weight by 1 - 0.1 * 0.3 first.
  expect_steps(
      [](auto& p) { return std::make_unique<AdamW>(p, AdamOptions{.learning_rate = 0.1, .weight_decay = 0.3}); },
      {0.97 - 0.1, 0.87 * 0.97 - 0.1});
  // Its own decay, 0.01, holds whatever else is set.
  expect_steps([](auto& p) { return std::make_unique<AdamW>(p, AdamOptions{.learning_rate = 0.1}); }, {0.999 - 0.1});
  expect_steps([](auto& p) { return std::make_unique<AdamW>(p); }, {1 - 1e-5 - 1e-3});
}

TEST(Optimizers, GroupsHaveTheirOwnDecayAndRate) {
  Parameter a = parameter("a", 1, 0), b = parameter("b", 1, 0), c = parameter("c", 1, Scalar(0.5));
  SGD optimizer(std::vector<ParameterGroup>{{.parameters = {&a}},
                                            {.parameters = {&b}, .weight_decay = 0},
                                            {.parameters = {&c}, .weight_decay = 0, .learning_rate_factor = 0.1}},
                {.learning_rate = 0.1, .weight_decay = 0.5});
  optimizer.step();
  EXPECT_NEAR(a.value().item(), 0.95, 1e-6);
  EXPECT_EQ(b.value().item(), 1);
  EXPECT_NEAR(c.value().item(), 1 - 0.1 * 0.1 * 0.5, 1e-6);
  optimizer.set_learning_rate(0);
  optimizer.step();
  EXPECT_NEAR(a.value().item(), 0.95, 1e-6);
  EXPECT_EQ(optimizer.learning_rate(), 0);
}

// Neither the value nor the momentum nor the count of steps moves without a gradient.
TEST(Optimizers, SkipWhatHasNoGradient) {
  Parameter a = parameter("a", 1, Scalar(0.5)), b = parameter("b", 1, Scalar(0.5));
  Adam optimizer({&a, &b}, {.learning_rate = 0.1, .weight_decay = 0.1});
  optimizer.step();
  b.zero_grad();
  const Tensor value = b.value();
  optimizer.step();
  EXPECT_EQ(b.value(), value);
  EXPECT_EQ(optimizer.slots()[0].steps, 2);
  EXPECT_EQ(optimizer.slots()[1].steps, 1);
  optimizer.zero_grad();
  EXPECT_FALSE(a.has_grad());
  optimizer.step();  // nothing to do
  EXPECT_EQ(optimizer.slots()[0].steps, 2);
}

// Frozen in the middle, with a gradient still there, and with momentum.
TEST(Optimizers, SkipWhatIsFrozen) {
  Parameter w = parameter("w", 1, Scalar(0.5));
  SGD optimizer({&w}, {.learning_rate = 0.1, .momentum = 0.9});
  optimizer.step();
  w.freeze();
  const Tensor value = w.value();
  optimizer.step();
  EXPECT_EQ(w.value(), value);
  w.freeze(false);
  optimizer.step();
  EXPECT_NEAR(w.value().item(), 0.855, 1e-6);
}

// A gradient that shares its numbers with something else, a weight even, is not written through.
TEST(Optimizers, WriteOnlyTheWeights) {
  const Tensor ones = Tensor::full({1}, 1);
  Parameter w("w", ones);
  w.set_grad(ones);
  Adam optimizer({&w});
  optimizer.step();
  EXPECT_EQ(ones.item(), 1);
  EXPECT_EQ(w.grad().item(), 1);
  EXPECT_LT(w.value().item(), 1);
}

TEST(Optimizers, RefuseWhatCannotBe) {
  Parameter w = parameter("w", 1, 1);
  Parameter tied = w.share();
  const auto sgd = [&](const SGDOptions& options) { return error_of([&] { SGD({&w}, options); }); };
  const auto adam = [&](const AdamOptions& options) { return error_of([&] { Adam({&w}, options); }); };
  const auto group = [&](const ParameterGroup& g) { return error_of([&] { SGD(std::vector<ParameterGroup>{g}); }); };

  EXPECT_EQ(error_of([] { SGD(std::vector<Parameter*>{}); }), "optimizer: there are no parameters to optimize");
  EXPECT_EQ(error_of([&] { SGD({&w, &w}); }), "optimizer: parameter w is listed twice");
  EXPECT_EQ(error_of([&] { SGD({&w, &tied}); }), "optimizer: parameter w is listed twice");
  BatchNorm1d plain(2, {.affine = false});
  EXPECT_EQ(error_of([&] { SGD({&w, plain.gamma()}); }), "optimizer: parameter 1 is null");

  EXPECT_EQ(sgd({.learning_rate = -1}), "optimizer: learning rate must be finite and not negative, got -1");
  EXPECT_EQ(sgd({.learning_rate = nan_value}), "optimizer: learning rate must be finite and not negative, got nan");
  EXPECT_EQ(sgd({.momentum = 1}), "sgd: momentum must be at least 0 and below 1, got 1");
  EXPECT_EQ(sgd({.weight_decay = -1}), "optimizer: weight decay must be finite and not negative, got -1");
  EXPECT_EQ(sgd({.nesterov = true}), "sgd: Nesterov's form needs a momentum");
  EXPECT_EQ(adam({.beta1 = 1}), "adam: beta must be at least 0 and below 1, got 1");
  EXPECT_EQ(adam({.beta2 = -0.1}), "adam: beta must be at least 0 and below 1, got -0.1");
  const std::string small = "adam: eps must be at least ";
  EXPECT_EQ(adam({.eps = 0}).substr(0, small.size()), small);
  EXPECT_EQ(adam({.eps = std::numeric_limits<Scalar>::min()}).substr(0, small.size()), small);
  EXPECT_EQ(adam({.eps = std::numeric_limits<Scalar>::min() * 100}), "no error");
  EXPECT_EQ(group({.parameters = {&w}, .weight_decay = nan_value}),
            "optimizer: weight decay must be finite and not negative, got nan");
  EXPECT_EQ(group({.parameters = {&w}, .learning_rate_factor = -1}),
            "optimizer: learning rate factor must be finite and not negative, got -1");
}

TEST(Schedules, AtTheirCorners) {
  const auto constant = constant_schedule();
  EXPECT_EQ(constant(0), 1);
  EXPECT_EQ(constant(1000000), 1);

  const auto step = step_schedule(10, 0.5);
  EXPECT_EQ(step(0), 1);
  EXPECT_EQ(step(9), 1);
  EXPECT_EQ(step(10), 0.5);
  EXPECT_EQ(step(29), 0.25);

  const auto cosine = cosine_schedule(10, 0.2);
  EXPECT_EQ(cosine(0), 1);
  EXPECT_NEAR(cosine(5), 0.6, 1e-12);
  EXPECT_NEAR(cosine(10), 0.2, 1e-12);
  EXPECT_NEAR(cosine(1000), 0.2, 1e-12);  // and stays

  const auto cycle = one_cycle_schedule(100, 0.25, 20, 50);
  EXPECT_NEAR(cycle(0), 1.0 / 20, 1e-12);
  EXPECT_NEAR(cycle(12), 0.05 + 0.95 / 2, 1e-12);
  EXPECT_NEAR(cycle(24), 1, 1e-12);
  EXPECT_LT(cycle(25), 1);
  EXPECT_NEAR(cycle(99), 1.0 / 1000, 1e-12);
  EXPECT_NEAR(cycle(100), 1.0 / 1000, 1e-12);
  for (const std::int64_t steps : {1, 2, 3}) {  // hardly a cycle, but no division by zero
    for (std::int64_t i = 0; i < steps; ++i) {
      const double rate = one_cycle_schedule(steps)(i);
      EXPECT_TRUE(rate > 0 && rate <= 1) << rate;
    }
  }
}

TEST(Schedules, WarmUp) {
  const auto schedule = with_warm_up(4, cosine_schedule(10));
  for (const std::int64_t i : {0, 1, 2, 3}) EXPECT_NEAR(schedule(i), static_cast<double>(i + 1) / 5, 1e-12);
  EXPECT_EQ(schedule(4), 1);  // from its beginning
  EXPECT_NEAR(schedule(9), 0.5, 1e-12);
  EXPECT_EQ(with_warm_up(0, step_schedule(1, 0.5))(1), 0.5);
  EXPECT_GT(with_warm_up(std::numeric_limits<std::int64_t>::max(), constant_schedule())(0), 0);
}

TEST(Schedules, RefuseWhatCannotBe) {
  EXPECT_EQ(error_of([] { step_schedule(0); }), "schedule: the number of steps must be positive, got 0");
  EXPECT_EQ(error_of([] { step_schedule(1, 0); }), "schedule: the factor must be positive, got 0");
  EXPECT_EQ(error_of([] { cosine_schedule(-1); }), "schedule: the number of steps must be positive, got -1");
  EXPECT_EQ(error_of([] { cosine_schedule(1, -0.5); }), "schedule: the final factor must be from 0 to 1, got -0.5");
  EXPECT_EQ(error_of([] { one_cycle_schedule(10, 1); }), "schedule: the rising part must be between 0 and 1, got 1");
  EXPECT_EQ(error_of([] { one_cycle_schedule(10, 0.5, 0); }), "schedule: divisors must be at least 1");
  EXPECT_EQ(error_of([] { with_warm_up(-1, constant_schedule()); }), "schedule: warm-up must not be negative, got -1");
}

TEST(Clipping, ScalesAllByTheSame) {
  Parameter a("a", Tensor::zeros({2})), b("b", Tensor::zeros({1})), absent("absent", Tensor::zeros({1}));
  a.set_grad(Tensor({2}, {3, 0}));
  b.set_grad(Tensor({1}, {4}));
  const std::vector<Parameter*> all = {&a, &b, &absent};
  EXPECT_EQ(grad_norm(all), 5);
  EXPECT_EQ(clip_grad_norm(all, 5), 5);  // the limit itself is allowed
  EXPECT_EQ(a.grad(), Tensor({2}, {3, 0}));
  EXPECT_EQ(clip_grad_norm(all, 1), 5);
  EXPECT_NEAR(a.grad().at({0}), 0.6, 1e-6);
  EXPECT_NEAR(b.grad().at({0}), 0.8, 1e-6);
  EXPECT_FALSE(absent.has_grad());
  EXPECT_NEAR(grad_norm(all), 1, 1e-6);
  clip_grad_norm(all, 1e-6);  // nothing is added to the norm that a small one would show
  EXPECT_NEAR(grad_norm(all), 1e-6, 1e-12);
  clip_grad_norm(all, 2e-7);
  EXPECT_NEAR(grad_norm(all), 2e-7, 1e-13);
}

TEST(Optimizers, TellTheRateThatTheyWereGiven) {
  Parameter p = parameter("p", 0, 0);
  SGD optimizer({&p}, {.learning_rate = 0.1});
  EXPECT_EQ(optimizer.learning_rate(), 0.1);
  optimizer.set_learning_rate(0.3);
  EXPECT_EQ(optimizer.learning_rate(), 0.3);
}

TEST(Clipping, LeavesWhatIsNotFinite) {
  Parameter a = parameter("a", 0, std::numeric_limits<Scalar>::infinity()), b = parameter("b", 0, 100);
  EXPECT_TRUE(std::isinf(clip_grad_norm({&a, &b}, 1)));
  EXPECT_EQ(b.grad().item(), 100);
  EXPECT_EQ(grad_norm({}), 0);
  EXPECT_EQ(error_of([&] { clip_grad_norm({&b}, 0); }), "clip_grad_norm: the norm must be positive, got 0");
  EXPECT_EQ(error_of([&] { clip_grad_norm({&b}, nan_value); }), "clip_grad_norm: the norm must be positive, got nan");
}

// Squares of these leave the range of a double, and the factor that of a float.
TEST(Clip, OfVeryLargeGradients) {
  const Scalar large = sizeof(Scalar) == 8 ? Scalar(1e200) : Scalar(1e30);
  Parameter p("p", Tensor::zeros({2}));
  p.set_grad(Tensor({2}, {large, large}));
  EXPECT_NEAR(clip_grad_norm({&p}, 1) / static_cast<double>(large), std::sqrt(2.0), 1e-6);
  for (const Scalar g : p.grad().values()) EXPECT_NEAR(g, std::sqrt(0.5), 1e-6);
  p.set_grad(Tensor({2}, {large, 0}));
  clip_grad_norm({&p}, 1e-12);
  EXPECT_NEAR(p.grad().at({0}) * 1e12, 1, 1e-6);
}

}  // namespace
