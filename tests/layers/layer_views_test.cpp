// What layers tell of themselves: error texts, kinds, the tape, observers, summaries, gradient checks.
#include "error_of.h"
#include "layers/nested_model.h"

#include <gradus/core/error.h>
#include <gradus/layers/gradcheck.h>
#include <gradus/layers/observer.h>
#include <gradus/layers/relu.h>
#include <gradus/layers/summary.h>

#include <gtest/gtest.h>

#include <stdexcept>

using namespace gradus;

namespace {

using Names = std::vector<std::string>;

TEST(LayerViews, ErrorsNameTheLayer) {
  Sequential model = nested();
  EXPECT_EQ(error_of([&] {
              output(model, Tensor::zeros({5, 4}));
            }),
            "linear: x [5, 4] needs weight [out, 4], got [4, 3] (in 0.linear)");
  EXPECT_EQ(error_of([&] {
              output(dynamic_cast<Layer&>(*model.children()[1]), Tensor::zeros({5, 3}));
            }),
            "batch_norm: needs x [n, 4] or [n, 4, l], got [5, 3] (in 1.0.batchnorm1d)");
  EXPECT_EQ(error_of([&] { matmul(Tensor::zeros({2, 3}), Tensor::zeros({2, 3})); }).find(" (in"), std::string::npos);
}

// An operation's own error, in a layer of one's own.
class Mistaken : public Layer {
  Variable forward(const Variable& x) override { return matmul(x, x); }
};
class FromAToZ : public Mistaken {};

TEST(LayerViews, ErrorsOfOperationsNameTheLayerToo) {
  Sequential model;
  model.add<ReLU>();
  model.add<Sequential>().add<Mistaken>();
  EXPECT_TRUE(error_of([&] { output(model, Tensor::zeros({2, 3})); }).ends_with(" (in 1.0.mistaken)"));
  FromAToZ alone;
  EXPECT_TRUE(error_of([&] { output(alone, Tensor::zeros({2, 3})); }).ends_with(" (in fromatoz)"));
}

template <class Inner>
class Twice : public Inner {};

TEST(LayerViews, KindIsTheClass) {
  class Local : public ReLU {};
  EXPECT_EQ(ReLU().kind(), "ReLU");
  EXPECT_EQ(Local().kind(), "Local");
  EXPECT_EQ(ReLU().describe(), "ReLU");
  EXPECT_TRUE(Twice<ReLU>().kind().starts_with("Twice<")) << Twice<ReLU>().kind();
}

TEST(LayerViews, TapeShowsThePath) {
  Sequential model = nested();
  Tape tape;
  model(tape.input(Tensor::zeros({2, 3})));
  Names paths;
  for (int i = 0; i < tape.size(); ++i) {
    const std::string path(tape.node(i).layer);
    if (paths.empty() || paths.back() != path) paths.push_back(path);
  }
  EXPECT_EQ(paths, Names({"", "0.linear", "1.0.batchnorm1d", "1.1.dropout", "1.2.linear"}));
}

TEST(LayerViews, ObserversSeeEveryForward) {
  Sequential model = nested();
  Names outer, inner;
  const auto note = [](Names& names) {
    return [&names](const Module& module, const Inputs& inputs, const Variable& y) {
      names.push_back(text(module.name(), ' ', module.kind(), ' ', inputs[0].shape(), " -> ", y.shape()));
    };
  };
  {
    const Observer first(note(outer));
    output(model, Tensor::zeros({2, 3}));
    {
      const Observer second(note(inner));
      output(dynamic_cast<Layer&>(*model.children()[0]), Tensor::zeros({2, 3}));
    }
    output(dynamic_cast<Layer&>(*model.children()[0]), Tensor::zeros({5, 3}));
  }
  output(model, Tensor::zeros({2, 3}));  // nobody looks any more
  const std::string linear = "0 Linear [2, 3] -> [2, 4]";
  EXPECT_EQ(inner, Names({linear}));
  EXPECT_EQ(outer, Names({linear, "0 BatchNorm1d [2, 4] -> [2, 4]", "1 Dropout [2, 4] -> [2, 4]",
                          "2 Linear [2, 4] -> [2, 2]", "1 Sequential [2, 4] -> [2, 2]", " Sequential [2, 3] -> [2, 2]",
                          linear, "0 Linear [5, 3] -> [5, 4]"}));
}

TEST(LayerViews, Summary) {
  Sequential model = nested();
  const StateDict before = model.state_dict();
  EXPECT_EQ(summary(model, {1, 3}),
            "layer                            output shape  parameters\n"
            "input                            [1, 3]                  \n"
            "0: Linear(3, 4)                  [1, 4]                16\n"
            "1.0: BatchNorm1d(4)              [1, 4]                 8\n"
            "1.1: Dropout(0.5)                [1, 4]                 0\n"
            "1.2: Linear(4, 2, bias = false)  [1, 2]                 8\n"
            "total                                                  32\n");
  EXPECT_EQ(model.state_dict(), before);
  EXPECT_TRUE(model.training());
  EXPECT_EQ(parameter_count(model), 32);

  Rng rng(8);
  Linear alone(999, 1000, rng);
  EXPECT_EQ(summary(alone, {2, 999}),
            "layer              output shape  parameters\n"
            "input              [2, 999]                \n"
            "Linear(999, 1000)  [2, 1000]      1,000,000\n"
            "total                             1,000,000\n");
  alone.weight().freeze();
  EXPECT_EQ(parameter_count(alone), 1'000'000) << "frozen ones are parameters too";
  Linear six_digits(999, 200, rng);
  EXPECT_TRUE(summary(six_digits, {1, 999}).ends_with(" 200,000\n")) << summary(six_digits, {1, 999});
}

// A layer with parameters of its own beside its children: the lines must add up to the total.
class Residual : public Layer {
 public:
  explicit Residual(Rng& rng)
      : scale_(register_parameter("scale", Tensor::full({3}, 1))),
        inner_(register_module<Linear>("inner", 3, 3, rng)) {}

 private:
  Variable forward(const Variable& x) override {
    const Variable y = inner_(x);
    return x + scale_ * y;
  }
  Parameter& scale_;
  Linear& inner_;
};

TEST(LayerViews, SummaryShowsAParentsOwnParameters) {
  Rng rng(9);
  Sequential model;
  model.add<Residual>(rng);
  EXPECT_EQ(summary(model, {1, 3}),
            "layer                  output shape  parameters\n"
            "input                  [1, 3]                  \n"
            "0.inner: Linear(3, 3)  [1, 3]                12\n"
            "0: Residual            [1, 3]                 3\n"
            "total                                        15\n");
}

TEST(LayerViews, SummaryNamesLayersByTheirWholePath) {
  Sequential model;
  model.add<ReLU>();
  model.add<Sequential>().add<Sequential>().add<ReLU>();
  EXPECT_NE(summary(model, {1, 3}).find("\n1.0.0: ReLU"), std::string::npos) << summary(model, {1, 3});
}

// A check that ends in an error leaves nothing behind either.
class Fails : public Layer {
  Variable forward(const Variable&) override { throw std::runtime_error("fails"); }
};

TEST(LayerViews, GradientCheckThatThrowsRestores) {
  Sequential model;
  model.add<BatchNorm1d>(2);
  model.add<Fails>();
  model.children()[1]->eval();
  const StateDict before = model.state_dict();
  EXPECT_THROW(gradcheck(model, Rng(10).normal({4, 2})), std::runtime_error);
  EXPECT_EQ(model.state_dict(), before);
  EXPECT_TRUE(model.training());
  EXPECT_FALSE(model.children()[1]->training());
}

}  // namespace
