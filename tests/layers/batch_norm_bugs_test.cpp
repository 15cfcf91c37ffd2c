// The check is checked: each deliberate mistake in the backward of batch normalization must be caught by gradcheck as
// anyone calls it, and the right backward must pass.
#include <gradus/examples/bug_museum/broken_batch_norm.h>
#include <gradus/layers/batch_norm.h>
#include <gradus/layers/gradcheck.h>

#include <gtest/gtest.h>

#include <algorithm>

using namespace gradus;
using namespace gradus::examples;

namespace {

// A layer as it is after some training: gamma and beta are not 1 and 0, where mistakes hide.
void train_a_little(Layer& layer, Rng& rng) {
  for (Parameter* parameter : layer.parameters()) {
    parameter->set_value(parameter->value() + rng.uniform(parameter->shape(), Scalar(0.1), Scalar(0.9)));
  }
}

TEST(BatchNormBugs, TheTableListsEachOnce) {
  ASSERT_GE(bugs().size(), 13u);
  for (std::size_t i = 0; i < bugs().size(); ++i) {
    EXPECT_EQ(static_cast<std::size_t>(bugs()[i].bug), i);
    EXPECT_FALSE(bugs()[i].name.empty());
    EXPECT_FALSE(bugs()[i].formula.empty());
    const auto same = [&](const BugDescription& other) { return other.name == bugs()[i].name; };
    EXPECT_EQ(std::ranges::count_if(bugs(), same), 1);
  }
}

TEST(BatchNormBugs, TheForwardIsRight) {
  Rng rng(1);
  const Tensor first = rng.normal({6, 3}, 1, 2), x = rng.normal({6, 3}, 1, 2);
  for (const auto& [bug, name, formula] : bugs()) {
    BrokenBatchNorm1d broken(3, bug);
    BatchNorm1d right(3);
    for (const bool training : {true, false}) {
      Tape tape;
      broken.train(training);
      right.train(training);
      const Tensor y = broken(tape.input(x)).value(), expected = right(tape.input(x)).value();
      for (std::size_t i = 0; i < y.values().size(); ++i) EXPECT_NEAR(y.values()[i], expected.values()[i], 1e-12);
    }
    ASSERT_EQ(broken.buffers().size(), right.buffers().size());
    for (std::size_t b = 0; b < right.buffers().size(); ++b) {
      const Tensor &ours = *broken.buffers()[b].value, &expected = *right.buffers()[b].value;
      for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(ours.values()[i], expected.values()[i], 1e-12) << name;
    }
  }
}

// Twenty inputs of several shapes each: that a bug is caught must not be luck.
TEST(BatchNormBugs, EachIsCaughtByTheGradientCheck) {
  for (const auto& [bug, name, formula] : bugs()) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      Rng rng(seed);
      const std::int64_t n = 3 + static_cast<std::int64_t>(seed % 4),
                         channels = 1 + static_cast<std::int64_t>(seed % 3);
      BrokenBatchNorm1d layer(channels, bug);
      train_a_little(layer, rng);
      const GradcheckReport report = gradcheck(layer, rng.normal({n, channels}));
      EXPECT_EQ(static_cast<bool>(report), bug == Bug::none) << name << ", seed " << seed << ": " << report;
    }
  }
}

// The same of a layer as it was made. There gamma is 1: where it is forgotten nothing is wrong until it is varied.
TEST(BatchNormBugs, EachIsCaughtInANewLayer) {
  for (const auto& [bug, name, formula] : bugs()) {
    Rng rng(1);
    BrokenBatchNorm1d layer(3, bug);
    const GradcheckReport report = gradcheck(layer, rng.normal({5, 3}));
    EXPECT_EQ(static_cast<bool>(report), bug == Bug::none) << name << ": " << report;
  }
}

}  // namespace
