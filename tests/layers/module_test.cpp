// Modules of several Variables and of Indices: scope, errors, observers, summary, state and gradient check are those of
// any layer.
#include "error_of.h"

#include <gradus/layers/batch_norm.h>
#include <gradus/layers/gradcheck.h>
#include <gradus/layers/linear.h>
#include <gradus/layers/observer.h>
#include <gradus/layers/sequential.h>
#include <gradus/layers/summary.h>

#include <gtest/gtest.h>

namespace gradus {
namespace {

// y = share a + (1 - share) b, where b goes through a layer first.
class Mix : public Module {
 public:
  explicit Mix(Rng& rng)
      : share_(register_parameter("share", Tensor(0.25))), inner_(register_module<Linear>("inner", 3, 3, rng)) {}
  Variable operator()(const Variable& a, const Variable& b) {
    return call({a, b}, [&] {
      const Variable left = a * share_;
      return left + inner_(b) * (1 - Variable(share_));
    });
  }

 private:
  Parameter& share_;
  Linear& inner_;
};

// Rows of a table, chosen by index, as a product with a matrix of ones and zeros.
class Lookup : public IndexLayer {
 public:
  Lookup(std::int64_t rows, std::int64_t columns, Rng& rng)
      : table_(register_parameter("table", rng.normal({rows, columns}))) {}

 private:
  Variable forward(const Indices& indices) override {
    const std::int64_t n = indices.shape().count(), rows = table_.shape()[0];
    Tensor chosen = Tensor::zeros({n, rows});
    for (std::int64_t i = 0; i < n; ++i) {
      const std::int64_t index = indices.values()[static_cast<std::size_t>(i)];
      if (index < 0 || index >= rows) fail("lookup", "index ", index, " is not from 0 to ", rows - 1);
      chosen.set({i, index}, 1);
    }
    return matmul(indices.tape()->input(chosen), table_);
  }

  Parameter& table_;
};

TEST(Module, OfTwoVariablesIsALayerLikeAnyOther) {
  Rng rng(1);
  Sequential unused;
  Mix mix(rng);
  std::string seen;
  Tape tape;
  const Variable a = tape.variable(rng.normal({2, 3})), b = tape.variable(rng.normal({2, 3}));
  {
    const Observer observer([&](const Module& module, const Inputs& inputs, const Variable& y) {
      seen += text(module.kind(), ' ', inputs.size(), ' ', inputs[0].shape(), " -> ", y.shape(), "; ");
    });
    mix(a, b);
  }
  EXPECT_EQ(seen, "Linear 1 [2, 3] -> [2, 3]; Mix 2 [2, 3] -> [2, 3]; ");
  EXPECT_EQ(tape.node(tape.size() - 1).layer, "mix");
  EXPECT_EQ(error_of([&] {
              mix(a, tape.input(Tensor::zeros({2, 4})));
            }),
            "linear: x [2, 4] needs weight [out, 4], got [3, 3] (in inner.linear)");
  EXPECT_EQ(error_of([&] {
              mix(tape.input(Tensor::zeros({2, 4})), b);
            }),
            "add: [2, 4] and [2, 3] do not broadcast: axis -1 has sizes 4 and 3 (in mix)");
  EXPECT_EQ(mix.state_dict().size(), 3u);
  EXPECT_EQ(summary(mix, [&](Tape& t) { mix(t.input(a.value()), t.input(b.value())); }),
            "layer                output shape  parameters\n"
            "inner: Linear(3, 3)  [2, 3]                12\n"
            "Mix                  [2, 3]                 1\n"
            "total                                      13\n");
}

// y = e^power a b: the first operation has parameters alone.
class Power : public Module {
 public:
  Power() : power_(register_parameter("power", Tensor(0))) {}
  Variable operator()(const Variable& a, const Variable& b) {
    return call({a, b}, [&] { return exp(power_) * a * b; });
  }

 private:
  Parameter& power_;
};

TEST(Module, TheTapeIsThatOfWhicheverInputHasOne) {
  Power power;
  Tape tape;
  EXPECT_EQ(power(3, tape.input(2)).item(), 6);
  EXPECT_EQ(power(tape.input(2), 3).tape(), &tape);
}

TEST(Module, OfTwoVariablesIsCheckedInOneLine) {
  Rng rng(1);
  Mix mix(rng);
  const GradcheckReport report = gradcheck(mix, [&](const std::vector<Variable>& v) { return mix(v[0], v[1]); },
                                           {rng.normal({2, 3}), rng.normal({2, 3})});
  EXPECT_TRUE(report) << report;
  EXPECT_TRUE(report.message.starts_with("Mix in training: 25 gradients agree in one forward and one backward, "))
      << report;
  EXPECT_NE(report.message.find("; in evaluation: 25 gradients agree in one forward"), std::string::npos) << report;
}

TEST(Module, OfIndicesMayBeginASequential) {
  Rng rng(2);
  Sequential model;
  model.add<Lookup>(5, 3, rng);
  model.add<Linear>(3, 2, rng);
  const std::vector<std::int32_t> tokens = {4, 0, 4, 2};
  Tape tape;
  const Variable y = model(tape.indices(tokens));
  EXPECT_EQ(y.shape(), Shape({4, 2}));
  EXPECT_EQ(y.value().rows(0, 1), y.value().rows(2, 3));
  EXPECT_EQ(tape.node(1).layer, "0.lookup");
  tape.backward(sum(y));
  EXPECT_EQ(model.parameters()[0]->grad().rows(1, 2), Tensor::zeros({1, 3})) << "nobody chose it";

  EXPECT_EQ(error_of([&] { model(tape.indices(std::vector<std::int32_t>{7})); }),
            "lookup: index 7 is not from 0 to 4 (in 0.lookup)");
  EXPECT_EQ(error_of([&] {
              model(tape.input(Tensor::zeros({1, 3})));
            }),
            "sequential: its first layer, Lookup, takes Indices, got x [1, 3] (in sequential)");
  EXPECT_EQ(error_of([&] { model.add<Lookup>(5, 3, rng); }),
            "sequential: a layer that takes Indices can only come first");
  Sequential plain;
  plain.add<Linear>(3, 2, rng);
  EXPECT_EQ(error_of([&] { plain(tape.indices(tokens)); }),
            "sequential: its first layer does not take Indices, got [4] (in sequential)");
  EXPECT_EQ(summary(model, [&](Tape& t) { model(t.indices(tokens)); }),
            "layer            output shape  parameters\n"
            "0: Lookup        [4, 3]                15\n"
            "1: Linear(3, 2)  [4, 2]                 8\n"
            "total                                  23\n");
}

TEST(Module, OfIndicesIsCheckedInOneLine) {
  Rng rng(3);
  Lookup lookup(5, 3, rng);
  const std::vector<std::int32_t> tokens = {4, 0, 4, 2};
  const GradcheckReport report = gradcheck(lookup, tokens, {2, 2});
  EXPECT_TRUE(report) << report;
}

// A parameter alone, without any Variable that could bring a tape.
TEST(Module, GradcheckOfAFunctionOfParametersAlone) {
  Parameter w("w", Tensor({2}, {1, 2}));
  const auto check = [&](Scalar slope) {
    return gradcheck(
        [&](Tape& tape) {
          const Variable v = tape.parameter(w);
          return record("times", {v}, w.value() * 3, [slope](const Tensor& dy, Gradients& d) { d.add(0, dy * slope); });
        },
        {&w});
  };
  EXPECT_TRUE(check(3)) << check(3);
  EXPECT_FALSE(check(4));
}

TEST(Indices, AreOfAnyShapeAndEndWithTheirTape) {
  const std::vector<std::int32_t> values = {1, 2, 3, 4, 5, 6};
  Tape tape;
  EXPECT_EQ(tape.indices(values).shape(), Shape({6}));
  const Indices indices = tape.indices(values, {2, 3});
  EXPECT_EQ(indices.shape(), Shape({2, 3}));
  EXPECT_TRUE(std::ranges::equal(indices.values(), values));
  EXPECT_NE(indices.values().data(), values.data()) << "they are a copy";
  EXPECT_EQ(indices.tape(), &tape);
  EXPECT_EQ(error_of([&] { tape.indices(values, {2, 2}); }), "indices: shape [2, 2] needs 4 values, got 6");
  tape.clear();
  EXPECT_EQ(indices.tape(), nullptr);
  EXPECT_EQ(indices.values()[5], 6);
}

}  // namespace
}  // namespace gradus
