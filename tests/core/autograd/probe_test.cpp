// Probes: told of everything a tape does, and able to change what a backward contributes.
#include <gradus/core/autograd/ops.h>
#include <gradus/core/autograd/probe.h>
#include <gradus/core/error.h>
#include <gradus/core/inspect/stopwatch.h>

#include <gtest/gtest.h>

#include <optional>

using namespace gradus;

namespace {

// Writes down what it is told.
class Diary : public Probe {
 public:
  using Probe::Probe;
  std::string take() { return std::exchange(entries_, ""); }

 private:
  void computed(std::string_view operation, const Inputs& inputs, const Tensor& y) override {
    add("computed ", operation, ' ', inputs.size(), ' ', y.item());
  }
  void recorded(int node, const Tensor& value) override {
    add("recorded ", tape().node(node).operation, ' ', value.item());
  }
  void backward_begins() override { add("begins"); }
  void arrived(int node, const Tensor& dy) override { add("arrived ", node, ' ', dy.item()); }
  void contributed(int node, int input, const Tensor& dy, Tensor& dx) override {
    add("contributed ", node, ' ', input, ' ', dy.item(), ' ', dx.item());
  }
  void passed(int node) override { add("passed ", node); }
  void cleared() override { add("cleared"); }

  template <class... Parts>
  void add(const Parts&... parts) {
    entries_ += text(entries_.empty() ? "" : "; ", parts...);
  }
  std::string entries_;
};

TEST(Probe, IsToldOfEverythingInItsOrder) {
  Tape tape;
  Diary diary(tape);
  const Variable x = tape.variable(3);
  const Variable y = x * 2;
  EXPECT_EQ(diary.take(), "recorded variable 3; computed mul 2 6; recorded constant 2; recorded mul 6");
  const Variable z = y * y;
  diary.take();
  tape.backward(z);
  EXPECT_EQ(diary.take(),
            "begins; arrived 3 1; contributed 3 0 1 6; contributed 3 1 1 6; passed 3; "
            "arrived 2 12; contributed 2 0 12 24; passed 2; arrived 0 24");
  tape.clear();
  EXPECT_EQ(diary.take(), "cleared");
}

// Without a probe, relu's dx takes the place of its dy.
TEST(Probe, SeesWhatArrivedEvenWhereItIsWrittenOver) {
  Tape tape;
  Diary diary(tape);
  const Variable z = relu(tape.variable(-3)) * 5;
  diary.take();
  tape.backward(z);
  EXPECT_EQ(diary.take(),
            "begins; arrived 3 1; contributed 3 0 1 5; passed 3; "
            "arrived 1 5; contributed 1 0 5 0; passed 1; arrived 0 0");
}

TEST(Probe, IsToldWhatIsComputedWhereNothingIsRecorded) {
  Tape tape(Recording::off);
  Diary diary(tape);
  const Variable y = tape.variable(3) * 2;
  EXPECT_EQ(diary.take(), "computed mul 2 6");
}

TEST(Probe, SeveralAreTold) {
  Tape tape;
  Diary first(tape);
  std::optional<Diary> second(tape);
  exp(tape.input(0));
  EXPECT_EQ(first.take(), second->take());
  second.reset();
  exp(tape.input(0));
  EXPECT_EQ(first.take(), "recorded input 0; computed exp 1 1; recorded exp 1");
  EXPECT_EQ(tape.probes().size(), 1u);
}

TEST(Probe, MayOutliveTheTape) {
  std::optional<Tape> tape(std::in_place);
  Diary diary(*tape);
  tape.reset();
  EXPECT_EQ(diary.take(), "");
}

// Doubles what one operation gives.
class Doubles : public Probe {
 public:
  using Probe::Probe;
  Tensor replacement = Tensor(0);

 private:
  void contributed(int node, int, const Tensor&, Tensor& dx) override {
    if (tape().node(node).operation == "exp") dx = replacement;
  }
};

TEST(Probe, MayReplaceAContribution) {
  Tape tape;
  Doubles doubles(tape);
  doubles.replacement = Tensor(100);
  const Variable x = tape.variable(0);
  const Variable y = exp(x) * 3;
  tape.backward(y);
  EXPECT_EQ(x.grad().item(), 100);
}

TEST(Probe, MayNotChangeItsShape) {
  Tape tape;
  Doubles doubles(tape);
  doubles.replacement = Tensor({2}, {1, 2});
  const Variable y = exp(tape.variable(0));
  EXPECT_THROW(tape.backward(y), std::invalid_argument);
}

TEST(Stopwatch, TakesTimesOfEveryNode) {
  Tape tape;
  const Stopwatch stopwatch(tape);
  const double before = Stopwatch::now();
  Variable y = tape.variable(Tensor::zeros({1000}));
  for (int i = 0; i < 5; ++i) y = exp(y);
  for (int node = 0; node < tape.size(); ++node) {
    EXPECT_GE(stopwatch.recorded_at(node), node == 0 ? before : stopwatch.recorded_at(node - 1));
    EXPECT_EQ(stopwatch.backward(node), 0);
  }
  tape.backward(sum(y));
  EXPECT_LE(stopwatch.recorded_at(5), Stopwatch::now());
  double total = 0;
  for (int node = 1; node < tape.size(); ++node) {
    EXPECT_GE(stopwatch.backward(node), 0);
    total += stopwatch.backward(node);
  }
  EXPECT_GT(total, 0);
  EXPECT_LE(total, Stopwatch::now() - before);
  tape.clear();
  tape.input(0);
  EXPECT_GT(stopwatch.recorded_at(0), before);
  EXPECT_EQ(stopwatch.backward(1), 0) << "times end with what they were of";
  EXPECT_THROW(stopwatch.recorded_at(1), std::out_of_range);
}

// ---- any number of inputs

TEST(Record, TakesAnyNumberOfInputs) {
  Tape tape;
  std::vector<Variable> terms;
  for (int i = 0; i < 20; ++i) terms.push_back(tape.variable(i));
  Tensor total = Tensor(0);
  for (const Variable& term : terms) total = total + term.value();
  const Variable y = record("total", terms, total, [n = 20](const Tensor& dy, Gradients& d) {
    for (int i = 0; i < n; ++i) d.add(i, dy * static_cast<Scalar>(i + 1));
  });
  EXPECT_EQ(y.item(), 190);
  EXPECT_EQ(tape.node(20).inputs.size(), 20u);
  tape.backward(y);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(terms[static_cast<std::size_t>(i)].grad().item(), static_cast<Scalar>(i + 1));
}

TEST(Record, OfNothingIsAConstant) {
  const Variable y = record("nothing", std::vector<Variable>(), Tensor(3), [](const Tensor&, Gradients&) {});
  EXPECT_EQ(y.item(), 3);
  EXPECT_EQ(y.tape(), nullptr);
}

}  // namespace
