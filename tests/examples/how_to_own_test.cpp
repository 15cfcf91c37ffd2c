// More of the code of examples/how_to.md; how_to_test.cpp says how it is marked, and compares.
#include "temporary_folder.h"

#include <gradus/gradus.h>

#include <gtest/gtest.h>

using namespace gradus;

namespace {

// [Tie weights]
class Scores : public Layer {  // of all tokens: y = x w^T with the w of an embedding
 public:
  explicit Scores(Embedding& embedding) : weight_(register_parameter("weight", embedding.weight())) {}

 private:
  Variable forward(const Variable& x) override { return linear(x, weight_); }

  Parameter& weight_;
};
// [end]

// [Use a constant inside forward]
class Emphasis : public Layer {  // y = (c x + 1) / 2, c fixed
 public:
  explicit Emphasis(const Tensor& c) : c_(c) {}

 private:
  Variable forward(const Variable& x) override {
    const Variable c = x.tape()->input(c_);  // a Tensor joins the tape of x; no gradient flows into it
    return (c * x + 1) / 2;                  // numbers are constants as they stand
  }

  Tensor c_;
};
// [end]

// [Write an optimizer]
class SignDescent : public Optimizer {  // m <- 0.9 m + 0.1 g,  w <- w - rate sign m
 public:
  SignDescent(const ParameterGroups& groups, double rate) : Optimizer(groups, rate, 0) {}

 private:
  std::string kind() const override { return "sign descent"; }
  void update(Slot& slot, double rate) override {
    Tensor& m = state(slot, 0);  // zeros at the first step
    m = m * 0.9f + slot.parameter.grad() * 0.1f;
    const Tensor sign = greater(m, 0) - greater(0, m);
    slot.parameter.set_value(slot.parameter.value() - sign * static_cast<Scalar>(rate));
  }
};
// [end]

TEST(HowToOwn, TieWeights) {
  Rng rng(1);
  Sequential tied;
  Embedding& embedding = tied.add<Embedding>(5, 3, rng);
  tied.add<Scores>(embedding);
  EXPECT_EQ(tied.parameters().size(), 1u);
  Tape tape;
  const Variable y = tied(tape.indices(std::vector<std::int32_t>{1, 4}));
  tape.backward(sum(y));
  EXPECT_EQ(embedding.weight().grad().shape(), Shape({5, 3}));
}

TEST(HowToOwn, ConstantInsideForward) {
  Emphasis layer(Tensor({2}, {4, 6}));
  Tape tape;
  const Variable x = tape.variable(Tensor({1, 2}, {1, 10}));
  const Variable y = layer(x);
  EXPECT_EQ(y.value(), Tensor({1, 2}, {2.5, 30.5}));
  tape.backward(sum(y));
  EXPECT_EQ(x.grad(), Tensor({1, 2}, {2, 3}));
}

TEST(HowToOwn, WriteAnOptimizer) {
  Parameter w("w", Tensor({2}, {1, -1}));
  SignDescent optimizer({&w}, 0.25);
  w.set_grad(Tensor({2}, {0.001f, -30}));
  optimizer.step();
  EXPECT_EQ(w.value(), Tensor({2}, {0.75, -0.75}));
}

TEST(HowToOwn, OwnData) {
  const gradus::testing::TemporaryFolder folder;
  const std::string file = folder / "flowers.csv";
  std::string text = "length,width,height,mass,kind\n";
  for (int i = 0; i < 64; ++i) {
    const int kind = i % 3;
    for (int j = 0; j < 4; ++j) text += std::to_string(kind * (j == kind) * 5 + (i * 7 + j * 3) % 5) + ",";
    text += std::string("abc").substr(static_cast<std::size_t>(kind), 1) + "\n";
  }
  std::ofstream(file) << text;
  Rng rng(1);
  Sequential model;
  model.add<Linear>(4, 16, rng);
  model.add<ReLU>();
  model.add<Linear>(16, 3, rng);
  AdamW optimizer(model.parameters(), {.learning_rate = 0.02});
  Tape tape;
  // [Train on data of your own]
  const std::vector<CsvRow> table = read_csv(file);  // a header, then 4 numbers and a name in each row
  const auto n = static_cast<std::int64_t>(table.size()) - 1;
  Tensor data = Tensor::zeros({n, 4});
  std::vector<std::int32_t> kinds, order;
  for (std::int64_t i = 0; i < n; ++i) {
    const CsvRow& row = table[static_cast<std::size_t>(i + 1)];
    for (std::int64_t j = 0; j < 4; ++j) data.set({i, j}, std::stof(row[static_cast<std::size_t>(j)]));
    kinds.push_back(row[4] == "a" ? 0 : row[4] == "b" ? 1 : 2);
    order.push_back(static_cast<std::int32_t>(i));
  }
  const Tensor centred = data - mean(data, {0});
  data = centred / sqrt(mean(centred * centred, {0}) + 1e-8f);  // mean 0 and deviation 1 in each column

  for (int epoch = 0; epoch < 20; ++epoch) {
    rng.shuffle(std::span(order));
    for (std::size_t first = 0; first + 16 <= order.size(); first += 16) {
      const std::span<const std::int32_t> chosen = std::span(order).subspan(first, 16);
      std::vector<std::int32_t> targets;
      for (const std::int32_t i : chosen) targets.push_back(kinds[static_cast<std::size_t>(i)]);
      const Variable batch = embedding(tape.input(data), tape.indices(chosen));  // these rows
      const Variable loss = cross_entropy(model(batch), targets);
      optimizer.zero_grad();
      tape.backward(loss);
      optimizer.step();
      tape.clear();
    }
  }
  // [end]
  EXPECT_GT(accuracy(model(tape.input(data)).value(), kinds), 0.9);
}

TEST(HowToOwn, Threads) {
  // [Use all processors]
  set_threads(usable_threads());
  // [end]
  EXPECT_EQ(threads(), usable_threads());
  set_threads(1);
}

}  // namespace
