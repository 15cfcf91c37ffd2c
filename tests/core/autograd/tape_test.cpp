// Recording and backpropagation.
#include "error_of.h"

#include <gradus/core/autograd/ops.h>
#include <gradus/core/inspect/history.h>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

using namespace gradus;

namespace {

Tensor vector(std::initializer_list<Scalar> values) {
  return Tensor({static_cast<std::int64_t>(values.size())}, values);
}

TEST(Tape, FanOutAddsUp) {
  Tape tape;
  const Variable a = tape.variable(vector({1, 2}));
  const Variable b = a + a;
  const Variable c = b + b;
  tape.backward(sum(c));
  EXPECT_EQ(c.value(), vector({4, 8}));
  EXPECT_EQ(a.grad(), vector({4, 4}));
}

TEST(Tape, ADiamondAddsUp) {
  Tape tape;
  const Variable x = tape.variable(vector({3}));
  const Variable left = x * x;
  const Variable right = x * 4;
  const Variable y = left * right;  // 4 x^3
  tape.backward(y);
  EXPECT_EQ(x.grad().item(), 108);
}

TEST(Tape, AVariableMultipliedByItselfGetsBothParts) {
  Tape tape;
  const Variable x = tape.variable(vector({3, -2}));
  tape.backward(sum(x * x));
  EXPECT_EQ(x.grad(), vector({6, -4}));
}

// No recursion anywhere: neither in backward nor in what is destroyed.
TEST(Tape, AMillionNodesDeep) {
  const auto start = std::chrono::steady_clock::now();
  const std::int64_t before = Storage::bytes_in_use();
  {
    Tape tape;
    Variable x = tape.variable(Tensor(1));
    const Variable first = x, one = tape.input(Tensor(1));
    for (int i = 0; i < 1'000'000; ++i) x = x * one;
    tape.backward(x);
    EXPECT_EQ(first.grad().item(), 1);
    EXPECT_EQ(tape.size(), 1'000'002);
    EXPECT_LT(Storage::bytes_in_use() - before, 1000) << "what was saved is let go as the backward passes";
  }
  EXPECT_EQ(Storage::bytes_in_use(), before);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(60));
}

TEST(Tape, ABackwardLetsGoOfWhatWasSaved) {
  Tensor saved = vector({1, 2});
  Tape tape;
  const Variable y = sum(exp(tape.variable(vector({1, 1})) * tape.input(saved)));
  EXPECT_TRUE(saved.shares_numbers());
  tape.backward(y, {.retain_graph = true});
  EXPECT_TRUE(saved.shares_numbers());
  tape.backward(y);
  EXPECT_FALSE(saved.shares_numbers());
}

TEST(Tape, ClearLetsGoOfWhatWasSaved) {
  Tensor saved = vector({1, 2});
  Tape tape;
  const Variable y = tape.variable(vector({1, 1})) * tape.input(saved);
  EXPECT_TRUE(saved.shares_numbers());
  tape.clear();
  EXPECT_FALSE(saved.shares_numbers());
  EXPECT_EQ(tape.size(), 0);
  EXPECT_EQ(y.value(), saved) << "a value stays readable";
}

TEST(Tape, SavesNothingWhereNoGradientIsNeeded) {
  Tensor data = vector({1, 2});
  Tape tape;
  const Variable y = tape.input(data) * 3;
  EXPECT_FALSE(y.needs_grad());
  EXPECT_FALSE(data.shares_numbers());
}

// Only what leads to something that wants a gradient is computed.
TEST(Tape, AsksOnlyForGradientsThatAreNeeded) {
  Tape tape;
  const Variable x = tape.input(vector({1})), w = tape.variable(vector({2})), unused = tape.variable(vector({3}));
  bool needs_x = true, needs_w = false, ran_unused = false;
  const Variable y = record("f", {x, w}, vector({5}), [&](const Tensor& dy, Gradients& d) {
    needs_x = d.needs(0);
    needs_w = d.needs(1);
    d.add(0, vector({1, 2, 3}));  // not needed, so not looked at
    d.add(1, dy * 7);
  });
  record("g", {unused}, vector({5}), [&](const Tensor&, Gradients&) { ran_unused = true; });
  tape.backward(y);
  EXPECT_FALSE(needs_x);
  EXPECT_TRUE(needs_w);
  EXPECT_FALSE(ran_unused);
  EXPECT_EQ(w.grad().item(), 7);
  EXPECT_FALSE(unused.has_grad());
  EXPECT_FALSE(x.has_grad());
}

TEST(Tape, GradientsOfVariablesAddOverBackwards) {
  Tape tape;
  const Variable x = tape.variable(vector({1, 2}));
  const Variable y = sum(x * x);
  const Variable z = sum(x * 10);
  tape.backward(y, {.retain_graph = true});
  EXPECT_EQ(x.grad(), vector({2, 4}));
  tape.backward(y);
  EXPECT_EQ(x.grad(), vector({4, 8}));
  tape.backward(z);
  EXPECT_EQ(x.grad(), vector({14, 18}));
}

TEST(Tape, BackwardFromAnyShapeTakesItsGradient) {
  Tape tape;
  const Variable x = tape.variable(vector({1, 2, 3}));
  const Variable y = x * x;
  tape.backward(y, vector({1, 0, 10}));
  EXPECT_EQ(x.grad(), vector({2, 0, 60}));
}

TEST(Tape, BackwardFromALeafIsItsOwnGradient) {
  Parameter p("p", Tensor(3));
  Tape tape;
  const Variable x = tape.variable(Tensor({1, 1}, {3}));
  tape.backward(x);
  EXPECT_EQ(x.grad(), Tensor({1, 1}, {1}));
  tape.backward(tape.parameter(p));
  EXPECT_EQ(p.grad().item(), 1);
}

TEST(Tape, KeepsGradientsWhenTold) {
  Tape tape;
  const History history(tape);
  const Variable x = tape.variable(vector({1, 2}));
  const Variable y = x * 3;
  const Variable z = sum(y * y);
  tape.backward(z, {.retain_graph = true});
  EXPECT_EQ(*history.grad(tape.node_of(z)), Tensor(1));
  EXPECT_EQ(*history.grad(tape.node_of(y)), vector({6, 12}));
  tape.backward(z);
  EXPECT_EQ(*history.grad(tape.node_of(y)), vector({6, 12})) << "those kept for looking at do not add up";
  EXPECT_EQ(x.grad(), vector({36, 72}));
}

TEST(Tape, KeepsValuesWhenTold) {
  Tape tape;
  const Variable x = tape.variable(vector({1, 2}));
  const History history(tape);
  const Variable y = x * x;
  EXPECT_EQ(history.value(0), nullptr) << "was recorded before";
  ASSERT_NE(history.value(1), nullptr);
  EXPECT_EQ(*history.value(1), y.value());
  tape.clear();
  tape.input(vector({1}));
  EXPECT_EQ(history.value(1), nullptr);
  EXPECT_EQ(*history.value(0), vector({1}));
}

TEST(Tape, WithRecordingOffOnlyComputes) {
  Parameter w("w", vector({2, 3}));
  Tape tape(Recording::off);
  EXPECT_FALSE(tape.recording());
  const Variable x = tape.input(vector({5, 6}));
  const Variable y = sum(x * w + tape.variable(vector({1, 1})) + tape.parameter(w));
  EXPECT_EQ(y.item(), 35);
  EXPECT_EQ(tape.size(), 0);
  EXPECT_FALSE(y.needs_grad());
  EXPECT_EQ(y.tape(), &tape);
  EXPECT_EQ(error_of([&] { tape.backward(y); }), "backward: this tape records nothing (Recording::off)");
}

TEST(Tape, ConstantsNeedNoTape) {
  const Variable x = 3, y = 4;
  const Variable z = x * y + 1;
  EXPECT_EQ(z.item(), 13);
  EXPECT_EQ(z.tape(), nullptr);
  EXPECT_FALSE(z.needs_grad());
}

TEST(Tape, DetachStopsTheGradient) {
  Tape tape;
  const Variable x = tape.variable(vector({3}));
  const Variable y = x * x;
  tape.backward(y.detach() * x);
  EXPECT_EQ(x.grad().item(), 9);
  EXPECT_EQ(y.detach().tape(), nullptr);
}

// More than a chunk of the tape's memory holds, and much behind it.
TEST(Tape, AnOperationMayHaveVeryManyOperands) {
  Tape tape;
  const Variable x = tape.variable(3);
  const std::vector<Variable> many(20'000, x);
  Variable y = record("first", many, Tensor(3), [](const Tensor& dy, Gradients& d) { d.add(19'999, dy); });
  for (int i = 0; i < 10'000; ++i) y = -y;
  tape.backward(y);
  EXPECT_EQ(x.grad(), Tensor(1));
  EXPECT_EQ(tape.node(1).inputs.size(), many.size());
}

TEST(Tape, EveryThreadMayHaveItsOwn) {
  std::atomic<int> mistakes = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int step = 0; step < 20'000; ++step) {
        Tape tape;
        const Variable x = tape.variable(3);
        try {
          mistakes += tape.node_of(x) != 0;
        } catch (const std::invalid_argument&) {  // it is on another tape
          ++mistakes;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(mistakes, 0);
}

}  // namespace
