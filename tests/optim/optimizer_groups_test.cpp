// What all optimizers have in common: groups; and what those refuse that optimizers_test.cpp does not look at.
#include "error_of.h"

#include <gradus/core/tensor/arithmetic.h>
#include <gradus/core/tensor/random.h>
#include <gradus/optim/clip.h>
#include <gradus/optim/muon.h>
#include <gradus/optim/rmsprop.h>
#include <gradus/optim/schedule.h>
#include <gradus/optim/sgd.h>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <typeinfo>
#include <vector>

namespace gradus {
namespace {

// What a group says is as good as what the optimizer was told, for matrices and for others.
template <class Kind, class Options>
void expect_groups_obeyed() {
  Rng rng(1);
  std::vector<Parameter> own, grouped;
  for (const Shape& shape : {Shape{3, 2}, Shape{4}}) {
    own.emplace_back("w", rng.normal(shape));
    grouped.emplace_back("w", own.back().value());
    own.back().set_grad(rng.normal(shape));
    grouped.back().set_grad(own.back().grad());
  }
  Options told, other;
  told.learning_rate = 0.1;
  told.weight_decay = 0.25;
  other.learning_rate = 1;
  other.weight_decay = 0;
  const ParameterGroup group = {
      .parameters = {&grouped[0], &grouped[1]}, .weight_decay = 0.25, .learning_rate_factor = 0.1};
  Kind first({&own[0], &own[1]}, told);
  Kind second(std::vector<ParameterGroup>{group}, other);
  for (int step = 0; step < 3; ++step) {
    first.step();
    second.step();
  }
  for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(own[i].value(), grouped[i].value()) << typeid(Kind).name() << i;
}

TEST(OptimizerGroups, AreObeyedByAll) {
  expect_groups_obeyed<SGD, SGDOptions>();
  expect_groups_obeyed<Adam, AdamOptions>();
  expect_groups_obeyed<AdamW, AdamOptions>();
  expect_groups_obeyed<RMSprop, RMSpropOptions>();
  expect_groups_obeyed<Muon, MuonOptions>();
}

TEST(Optimizers, AdamCorrectsByAParametersOwnSteps) {
  Parameter a("a", Tensor({1}, {1})), b("b", Tensor({1}, {1}));
  a.set_grad(Tensor({1}, {Scalar(0.5)}));
  Adam optimizer({&a, &b}, {.learning_rate = 0.1});
  optimizer.step();
  optimizer.step();
  b.set_grad(Tensor({1}, {Scalar(0.5)}));
  optimizer.step();
  EXPECT_NEAR(b.value().item(), 0.9, 1e-6) << "its first step is as long as the rate";
}

TEST(Optimizers, TheirSettingsAreThoseOfTheirDescriptionsUnlessGiven) {
  EXPECT_EQ(SGDOptions().learning_rate, 1e-2);
  const AdamOptions adam;
  EXPECT_EQ((std::vector{adam.learning_rate, adam.beta1, adam.beta2, adam.eps}), (std::vector{1e-3, 0.9, 0.999, 1e-8}));
  const RMSpropOptions rmsprop;
  EXPECT_EQ((std::vector{rmsprop.learning_rate, rmsprop.alpha, rmsprop.eps, rmsprop.momentum}),
            (std::vector{1e-2, 0.99, 1e-8, 0.0}));
  const MuonOptions muon;
  EXPECT_EQ((std::vector{muon.learning_rate, muon.momentum, muon.weight_decay, muon.adam_learning_rate_factor}),
            (std::vector{0.02, 0.95, 0.01, 0.1}));
  EXPECT_EQ(ParameterGroup().learning_rate_factor, 1);
}

TEST(Schedules, TheirSettingsUnlessGiven) {
  EXPECT_EQ(step_schedule(10)(10), 0.1);
  EXPECT_NEAR(cosine_schedule(10)(10), 0, 1e-15);
  const Schedule cycle = one_cycle_schedule(100);
  EXPECT_NEAR(cycle(0), 1.0 / 25, 1e-12);
  EXPECT_NEAR(cycle(29), 1, 1e-12);
  EXPECT_NEAR(cycle(99) * 25e4, 1, 1e-9);
  EXPECT_EQ(cosine_schedule(1, 1)(0), 1) << "may stay where it is";
  EXPECT_EQ(error_of([] { one_cycle_schedule(10, 0); }), "schedule: the rising part must be between 0 and 1, got 0");
  EXPECT_EQ(error_of([] { one_cycle_schedule(10, 0.5, 25, 0.5); }), "schedule: divisors must be at least 1");
}

// No gradient to speak of: nothing is divided by its norm.
TEST(Optimizers, MuonTakesMatricesOfZerosAndOfNothing) {
  Parameter w("w", Tensor::full({2, 3}, 1)), none("none", Tensor::zeros({0, 3}));
  w.set_grad(Tensor::zeros({2, 3}));
  none.set_grad(Tensor::zeros({0, 3}));
  Muon optimizer({&w, &none}, {.weight_decay = 0});
  optimizer.step();
  EXPECT_EQ(w.value(), Tensor::full({2, 3}, 1));
}

// Filters are a matrix with a row for each output: its step is as long in every direction. A wide matrix's is the rate.
TEST(Optimizers, MuonTakesFiltersAsMatrices) {
  Rng rng(3);
  Parameter filters("f", rng.normal({2, 3, 2, 2})), matrix("m", filters.value().reshape({2, 12}));
  filters.set_grad(rng.normal({2, 3, 2, 2}));
  matrix.set_grad(filters.grad().reshape({2, 12}));
  const Tensor before = matrix.value();
  Muon optimizer({&filters, &matrix}, {.learning_rate = 1, .weight_decay = 0});
  optimizer.step();
  EXPECT_EQ(filters.value().reshape({2, 12}), matrix.value());
  const Tensor step = matrix.value() - before;
  EXPECT_NEAR(std::sqrt(sum(step * step).item() / 2), 1, 0.3) << "two singular values near 1";
}

TEST(Optimizers, ZeroGradReachesFrozenParametersToo) {
  Parameter w("w", Tensor({1}, {1}));
  w.set_grad(Tensor({1}, {1}));
  w.freeze();
  SGD({&w}).zero_grad();
  EXPECT_FALSE(w.has_grad());
}

TEST(Clipping, OfZerosAndOfMinusInfinity) {
  Parameter w("w", Tensor({2}, {1, 1}));
  w.set_grad(Tensor({2}, {0, 0}));
  EXPECT_EQ(clip_grad_norm({&w}, 1), 0);
  w.set_grad(Tensor({2}, {-std::numeric_limits<Scalar>::infinity(), 0}));
  EXPECT_EQ(grad_norm({&w}), std::numeric_limits<double>::infinity());
}

TEST(Optimizers, NumbersThatOnlyADoubleCanHoldAreRefused) {
  Parameter w("w", Tensor({1}, {1}));
  SGD sgd({&w});
  EXPECT_EQ(error_of([&] { sgd.set_learning_rate(1e40); }),
            "optimizer: learning rate must be at most 3.40282e+38, got 1e+40");
  EXPECT_EQ(error_of([&] { SGD({&w}, {.weight_decay = 1e40}); }),
            "optimizer: weight decay must be at most 3.40282e+38, got 1e+40");
}

TEST(Optimizers, RmspropAndMuonSayWhatIsWrong) {
  Parameter w("w", Tensor({1}, {1}));
  const auto rmsprop = [&](const RMSpropOptions& options) { return error_of([&] { RMSprop({&w}, options); }); };
  EXPECT_EQ(rmsprop({.alpha = 1}), "rmsprop: alpha must be at least 0 and below 1, got 1");
  EXPECT_EQ(rmsprop({.momentum = 1}), "rmsprop: momentum must be at least 0 and below 1, got 1");
  EXPECT_EQ(rmsprop({.learning_rate = std::numeric_limits<double>::infinity()}),
            "optimizer: learning rate must be finite and not negative, got inf");
  EXPECT_EQ(rmsprop({.momentum = -0.5}), "rmsprop: momentum must be at least 0 and below 1, got -0.5");
  const double vanishing = static_cast<double>(std::numeric_limits<Scalar>::denorm_min()) / 4;  // 0 as a Scalar
  EXPECT_EQ(rmsprop({.eps = vanishing}).substr(0, 29), "rmsprop: eps must be positive");
  EXPECT_NE(rmsprop({.eps = std::numeric_limits<Scalar>::denorm_min()}), "no error") << "it counts as 0";
  EXPECT_EQ(rmsprop({.eps = std::numeric_limits<Scalar>::min()}), "no error");
  EXPECT_EQ(error_of([&] { Muon({&w}, {.momentum = 1}); }), "muon: momentum must be at least 0 and below 1, got 1");
}

}  // namespace
}  // namespace gradus
