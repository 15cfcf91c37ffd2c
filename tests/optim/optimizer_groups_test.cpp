// What all optimizers have in common: groups; and what those refuse that optimizers_test.cpp does not look at.
#include "error_of.h"

#include <gradus/core/tensor/random.h>
#include <gradus/optim/muon.h>
#include <gradus/optim/rmsprop.h>
#include <gradus/optim/sgd.h>

#include <gtest/gtest.h>

#include <limits>
#include <typeinfo>

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

TEST(Optimizers, RmspropAndMuonSayWhatIsWrong) {
  Parameter w("w", Tensor({1}, {1}));
  const auto rmsprop = [&](const RMSpropOptions& options) { return error_of([&] { RMSprop({&w}, options); }); };
  EXPECT_EQ(rmsprop({.alpha = 1}), "rmsprop: alpha must be at least 0 and below 1, got 1");
  EXPECT_EQ(rmsprop({.momentum = -0.5}), "rmsprop: momentum must be at least 0 and below 1, got -0.5");
  const double vanishing = static_cast<double>(std::numeric_limits<Scalar>::denorm_min()) / 4;  // 0 as a Scalar
  EXPECT_EQ(rmsprop({.eps = vanishing}).substr(0, 29), "rmsprop: eps must be positive");
  EXPECT_EQ(error_of([&] { Muon({&w}, {.momentum = 1}); }), "muon: momentum must be at least 0 and below 1, got 1");
}

}  // namespace
}  // namespace gradus
