// Mutants of a layer's backward: each is made, each is noticed by gradcheck, and the layer is afterwards as it was.
#include <gradus/core/autograd/ops.h>
#include <gradus/core/tensor/arithmetic.h>
#include <gradus/examples/mutate/mutate.h>
#include <gradus/layers/batch_norm.h>
#include <gradus/layers/linear.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace gradus::examples {
namespace {

const Mutant* find(const MutationReport& report, const std::string& place, const std::string& mutation) {
  const auto found =
      std::ranges::find_if(report.mutants, [&](const Mutant& m) { return m.place == place && m.mutation == mutation; });
  return found == report.mutants.end() ? nullptr : &*found;
}

TEST(Mutate, GradcheckNoticesEveryMutantOfALinear) {
  Rng rng(1);
  Linear layer(3, 3, rng);
  const MutationReport report = mutate(layer, rng.normal({4, 3}));
  EXPECT_EQ(report.unnoticed().size(), 0u) << report;
  for (const std::string place : {"dx of linear", "dweight of linear", "dbias of linear"}) {
    for (const std::string mutation :
         {"dropped", "negated", "doubled", "averaged over the batch", "rows shifted by one", "last row missing",
          "taken from the last call", "only at the first call"}) {
      EXPECT_TRUE(find(report, place, mutation)) << place << ' ' << mutation;
    }
  }
  EXPECT_TRUE(find(report, "dweight of linear", "transposed"));
  EXPECT_FALSE(find(report, "dx of linear", "transposed"));  // [4, 3] is not square
  EXPECT_TRUE(find(report, "dx of linear", "dy passed on as it is"));
  // What a check in a hurry cannot see: where the sum's gradient is the same in all rows, and what is between calls.
  EXPECT_FALSE(find(report, "dx of linear", "averaged over the batch")->sum);
  EXPECT_TRUE(find(report, "dx of linear", "averaged over the batch")->squares);
  EXPECT_FALSE(find(report, "dbias of linear", "only at the first call")->squares);
  for (const Mutant& mutant : report.mutants) EXPECT_FALSE(mutant.values) << mutant.place << ' ' << mutant.mutation;
  EXPECT_TRUE(find(report, "dx of linear", "negated")->training);
  EXPECT_FALSE(find(report, "dx of linear", "doubled")->training);
}

// Another seed is another training; what the checks say does not depend on it.
TEST(Mutate, TheSeedIsOfTheTraining) {
  Rng rng(5);
  Linear layer(3, 3, rng);
  const Tensor x = rng.normal({4, 3});
  const MutationReport one = mutate(layer, x), same = mutate(layer, x, 1), two = mutate(layer, x, 2);
  EXPECT_EQ(one.loss, same.loss);
  EXPECT_NE(one.loss, two.loss);
  ASSERT_EQ(one.mutants.size(), two.mutants.size());
  for (std::size_t i = 0; i < one.mutants.size(); ++i) {
    EXPECT_EQ(one.mutants[i].loss, same.mutants[i].loss);
    EXPECT_EQ(one.mutants[i].squares, two.mutants[i].squares);
    EXPECT_EQ(one.mutants[i].gradcheck, two.mutants[i].gradcheck);
  }
}

TEST(Mutate, LeavesTheLayerAsItWas) {
  Rng rng(2);
  BatchNorm1d layer(3);
  const StateDict before = layer.state_dict();
  const std::string printed = (std::ostringstream() << mutate(layer, rng.normal({4, 3}))).str();
  const StateDict after = layer.state_dict();
  ASSERT_EQ(before.size(), after.size());
  for (auto a = before.begin(), b = after.begin(); a != before.end(); ++a, ++b) EXPECT_EQ(*a, *b);
  for (const Parameter* p : layer.parameters()) EXPECT_FALSE(p->has_grad());
  EXPECT_NE(printed.find("Mutants of BatchNorm1d(3"), std::string::npos) << printed;
  EXPECT_NE(printed.find("dx of batch_norm\n  dropped                       -     -       yes        yes"),
            std::string::npos)
      << printed;
}

// Composed of operations, some of which take the same input twice.
TEST(Mutate, TellsPlacesOfTheSameNameApart) {
  struct Square : Layer {
    Variable forward(const Variable& x) override { return x * x + x; }
  } layer;
  Rng rng(3);
  const MutationReport report = mutate(layer, rng.normal({3, 2}));
  EXPECT_TRUE(find(report, "dx of mul (operation 1, input 1)", "negated")) << report;
  EXPECT_TRUE(find(report, "dx of mul (operation 1, input 2)", "negated")) << report;
  EXPECT_TRUE(find(report, "dx of add", "negated")) << report;
}

TEST(Mutate, RefusesALayerThatIsWrongAlready) {
  struct Wrong : Layer {
    Variable forward(const Variable& x) override {
      return record("wrong", {x}, x.value() * 2, [](const Tensor& dy, Gradients& d) { d.add(0, dy * 3); });
    }
  } layer;
  Rng rng(4);
  try {
    mutate(layer, rng.normal({3, 2}));
    FAIL();
  } catch (const std::invalid_argument& e) {
    EXPECT_EQ(std::string(e.what()).find("mutate: already as it is, gradients differ: "), 0u) << e.what();
  }
  EXPECT_THROW(mutate(layer, rng.normal({3})), std::invalid_argument);
}

}  // namespace
}  // namespace gradus::examples
