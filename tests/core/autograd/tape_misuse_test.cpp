// Every way to misuse a tape is a clear exception, after which the parameters are as they were and the tape, once
// cleared, works.
#include "error_of.h"

#include <gradus/core/autograd/ops.h>
#include <gradus/core/autograd/scope.h>
#include <gradus/core/inspect/history.h>

#include <gtest/gtest.h>

#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <thread>

using namespace gradus;

namespace {

const char* const stale = "this Variable was recorded on a tape that has since been cleared or destroyed";

Tensor one(Scalar value) { return Tensor({1}, {value}); }

// What works must still work: 2 w at w = 3.
void expect_usable(Tape& tape) {
  tape.clear();
  Parameter w("w", one(3));
  tape.backward(tape.input(one(2)) * w);
  EXPECT_EQ(w.grad().item(), 2);
}

TEST(Misuse, BackwardFromSomethingThatIsNotAScalar) {
  Tape tape;
  const Variable y = tape.variable(Tensor::zeros({2, 3})) * 2;
  EXPECT_EQ(
      error_of([&] { tape.backward(y); }),
      "backward: needs a loss with one element, got shape [2, 3]: reduce it with sum or mean, or give its gradient");
  EXPECT_EQ(error_of([&] { tape.backward(sum(tape.input(Tensor()), {}) + 1); }),
            "backward: needs a loss with one element, got shape [0]: reduce it with sum or mean, or give its gradient");
  EXPECT_EQ(error_of([&] {
              tape.backward(y, Tensor::zeros({3, 2}));
            }),
            "backward: y has shape [2, 3], its gradient [3, 2]");
  expect_usable(tape);
}

TEST(Misuse, BackwardWhereNothingNeedsAGradient) {
  Tape tape;
  const Variable y = tape.input(one(1)) * 2;
  EXPECT_EQ(error_of([&] { tape.backward(y); }), "backward: nothing that this depends on needs a gradient");
  EXPECT_EQ(error_of([&] { tape.backward(Variable(3)); }), "backward: this Variable is on no tape");
  const Parameter p("p", one(1));
  EXPECT_EQ(error_of([&] { tape.backward(p); }), "backward: this Variable is on no tape");
  EXPECT_EQ(error_of([&] { tape.backward(y.detach()); }), "backward: this Variable is on no tape");
  expect_usable(tape);
}

TEST(Misuse, BackwardTwiceWithoutKeeping) {
  Parameter w("w", one(3));
  Tape tape;
  const Variable hidden = exp(tape.input(one(2)) * w);
  const Variable loss = log(hidden);
  tape.backward(loss);
  const Tensor before = w.grad();
  EXPECT_EQ(error_of([&] { tape.backward(loss); }),
            "backward: log was passed by an earlier backward, which released what it needs: give that one "
            "{.retain_graph = true}");
  EXPECT_EQ(error_of([&] { tape.backward(hidden * hidden); }),
            "backward: exp was passed by an earlier backward, which released what it needs: give that one "
            "{.retain_graph = true}");
  EXPECT_EQ(w.grad(), before);
  expect_usable(tape);
}

TEST(Misuse, BackwardTwiceWithKeepingAddsUp) {
  Parameter w("w", one(3));
  Tape tape;
  const Variable loss = tape.input(one(2)) * w;
  tape.backward(loss, {.retain_graph = true});
  tape.backward(loss, {.retain_graph = true});
  tape.backward(loss);
  EXPECT_EQ(w.grad().item(), 6);
  EXPECT_THROW(tape.backward(loss), std::invalid_argument);
  EXPECT_EQ(w.grad().item(), 6);
}

TEST(Misuse, AVariableOfAClearedTape) {
  Tape tape;
  const Variable x = tape.variable(one(1));
  const Variable y = x * 2;
  tape.clear();
  const Variable fresh = tape.variable(one(1));
  EXPECT_EQ(error_of([&] { exp(x); }),
            "exp: an operand of shape [1] was recorded on a tape that has since been cleared or destroyed");
  EXPECT_EQ(error_of([&] { fresh + y; }),
            "add: an operand of shape [1] was recorded on a tape that has since been cleared or destroyed");
  EXPECT_EQ(error_of([&] {
              tape.input(Tensor::zeros({2, 1})) + y;
            }),
            "add: an operand of shape [1] was recorded on a tape that has since been cleared or destroyed");
  EXPECT_EQ(error_of([&] { tape.backward(y); }), std::string("backward: ") + stale);
  EXPECT_EQ(error_of([&] { x.grad(); }), std::string("grad: ") + stale);
  EXPECT_EQ(x.tape(), nullptr);
  EXPECT_FALSE(x.has_grad());
  EXPECT_FALSE(y.needs_grad());
  EXPECT_EQ(y.item(), 2) << "its value stays readable";
  EXPECT_EQ(x.detach().item(), 1);
  expect_usable(tape);
}

TEST(Misuse, AVariableOfADestroyedTape) {
  std::optional<Variable> x;
  {
    Tape tape;
    x = tape.variable(one(1));
  }
  EXPECT_EQ(error_of([&] { *x * 2; }),
            "mul: an operand of shape [1] was recorded on a tape that has since been cleared or destroyed");
  EXPECT_EQ(error_of([&] { x->grad(); }), std::string("grad: ") + stale);
  EXPECT_EQ(x->tape(), nullptr);
  EXPECT_FALSE(x->needs_grad());
  EXPECT_EQ(x->item(), 1);
}

// The next tape often lies where the last one lay: that must not bring a Variable back to life.
TEST(Misuse, AVariableOfADestroyedTapeWhoseAddressIsUsedAgain) {
  std::optional<Tape> tape(std::in_place);
  const Tape* address = &*tape;
  const Variable x = tape->variable(one(1));
  tape.emplace();
  ASSERT_EQ(&*tape, address);
  const Variable fresh = tape->variable(one(1));
  EXPECT_EQ(error_of([&] { x* fresh; }),
            "mul: an operand of shape [1] was recorded on a tape that has since been cleared or destroyed");
  EXPECT_EQ(error_of([&] { tape->backward(x); }), std::string("backward: ") + stale);
  EXPECT_EQ(error_of([&] { x.grad(); }), std::string("grad: ") + stale);
  EXPECT_EQ(x.tape(), nullptr);
}

TEST(Misuse, AVariableOfAnotherTape) {
  Tape a, b, off(Recording::off);
  const Variable x = a.variable(one(1)), y = b.variable(one(2)), z = off.input(one(3));
  EXPECT_EQ(error_of([&] { x + y; }), "add: its operands are on different tapes");
  EXPECT_EQ(error_of([&] { x + z; }), "add: its operands are on different tapes");
  EXPECT_EQ(error_of([&] { a.backward(y); }), "backward: this Variable is on another tape");
  EXPECT_EQ(error_of([&] { a.node_of(y); }), "node_of: this Variable is on another tape");
  expect_usable(a);
}

TEST(Misuse, AGradientThatIsNotThere) {
  Parameter p("p", one(1));
  Tape tape;
  const Variable x = tape.variable(one(1)), w = tape.parameter(p);
  const Variable y = x * w;
  EXPECT_EQ(error_of([&] { x.grad(); }), "grad: no gradient here: no backward has reached it");
  tape.backward(y);
  EXPECT_EQ(error_of([&] { y.grad(); }),
            "grad: no gradient here: a tape does not keep those of results, a History of it does");
  EXPECT_EQ(error_of([&] { w.grad(); }), "grad: no gradient here: a parameter's is in the parameter itself");
  const Variable later = tape.variable(one(1)), data = tape.input(one(1));
  EXPECT_FALSE(later.has_grad()) << "recorded after the backward";
  EXPECT_EQ(error_of([&] { data.grad(); }), "grad: no gradient here: no backward has reached it");
  EXPECT_EQ(error_of([&] { Variable(p).grad(); }), "grad: this Variable is on no tape");
  EXPECT_EQ(error_of([&] { Variable(2).grad(); }), "grad: this Variable is on no tape");
}

TEST(Misuse, ABackwardThatGivesAWrongShape) {
  Parameter w("w", Tensor::zeros({2, 3}));
  Tape tape;
  const Variable x = tape.input(one(1));
  Variable y = x;
  {
    const Scope scope("3", "custom", &tape);
    const Variable v = w;
    y = record("custom", {x, v}, one(1), [](const Tensor&, Gradients& d) { d.add(1, Tensor::zeros({3, 2})); });
  }
  EXPECT_EQ(error_of([&] { tape.backward(y); }),
            "backward: custom in 3.custom: input 1 has shape [2, 3], its gradient [3, 2]");
  EXPECT_FALSE(w.has_grad());
  expect_usable(tape);
}

TEST(Misuse, ABackwardThatNamesAnInputThereIsNot) {
  Tape tape;
  const Variable x = tape.variable(one(1));
  const Variable y = record("custom", {x}, one(1), [](const Tensor& dy, Gradients& d) { d.add(1, dy); });
  EXPECT_EQ(error_of([&] { tape.backward(y); }), "backward: custom has 1 input, a gradient came for input 1");
  const Variable z = record("custom", {x, x}, one(1), [](const Tensor&, Gradients& d) { d.needs(-1); });
  EXPECT_EQ(error_of([&] { tape.backward(z); }), "backward: custom has 2 inputs, a gradient came for input -1");
  expect_usable(tape);
}

TEST(Misuse, ABackwardThatThrowsLeavesParametersAsTheyWere) {
  Parameter before("before", one(3)), after("after", one(4));
  Tape tape;
  const Variable x = tape.input(one(2)) * before;
  const Variable y =
      record("broken", {x}, x.value(), [](const Tensor&, Gradients&) { throw std::runtime_error("no"); });
  const Variable loss = y * after;
  after.set_grad(one(100));
  EXPECT_THROW(tape.backward(loss), std::runtime_error);
  EXPECT_EQ(after.grad().item(), 100) << "though the sweep had passed it";
  EXPECT_FALSE(before.has_grad());
  expect_usable(tape);
  EXPECT_EQ(after.grad().item(), 100);
}

TEST(Misuse, ABackwardThatThrowsLeavesNothingForTheNext) {
  Tape tape;
  const History history(tape);
  const Variable x = tape.variable(one(2));
  const Variable y = x * 3;
  bool broken = true;
  const Variable z = record("sometimes", {y, x}, one(1), [&](const Tensor& dy, Gradients& d) {
    d.add(1, dy);
    if (broken) throw std::runtime_error("no");
    d.add(0, dy);
  });
  EXPECT_THROW(tape.backward(z), std::runtime_error);
  EXPECT_FALSE(x.has_grad());
  broken = false;
  tape.backward(z);
  EXPECT_EQ(x.grad().item(), 4);
  EXPECT_EQ(history.contributions(tape.node_of(z))[1]->item(), 1) << "not 2";
}

TEST(Misuse, ChangingATapeInTheMiddleOfABackward) {
  Tape tape;
  const Variable x = tape.variable(one(1));
  const auto error_within = [&](auto act) {
    const Variable y = record("f", {x}, one(1), [=](const Tensor&, Gradients&) { act(); });
    return error_of([&] { tape.backward(y); });
  };
  EXPECT_EQ(error_within([&] { tape.clear(); }), "clear: the tape is in the middle of a backward");
  EXPECT_EQ(error_within([&] { exp(x); }), "exp: cannot be recorded in the middle of a backward");
  EXPECT_EQ(error_within([&] { x * 2; }), "constant: cannot be recorded in the middle of a backward");
  EXPECT_EQ(error_within([&] { tape.input(one(1)); }), "input: cannot be recorded in the middle of a backward");
  EXPECT_EQ(error_within([&] { tape.backward(x); }), "backward: this tape is in the middle of one already");
  expect_usable(tape);
}

TEST(Misuse, AnotherTapeMayBeUsedInTheMiddleOfABackward) {
  Tape tape;
  const Variable x = tape.variable(one(3));
  const Variable y = record("square", {x}, one(9), [](const Tensor& dy, Gradients& d) {
    Tape inner;
    const Variable u = inner.variable(one(3));
    inner.backward(u * u);
    d.add(0, dy * u.grad());
  });
  tape.backward(y);
  EXPECT_EQ(x.grad().item(), 6);
}

// The names of layers lie in memory that a clear gives back.
TEST(Misuse, ClearingInALayerKeepsItsName) {
  Tape tape;
  const Scope outer("0", "sequential", &tape), scope("12", "linear", &tape);
  for (int step = 0; step < 2; ++step) {
    tape.clear();
    const Variable y = exp(tape.input(one(1)));  // something else where the name was
    EXPECT_EQ(tape.node(tape.node_of(y)).layer, "0.12.linear");
  }
}

TEST(Misuse, ErrorsNameTheLayer) {
  Tape tape;
  const Variable x = tape.input(Tensor::zeros({128, 784}));
  const Scope model("", "sequential", &tape), layer("0", "linear", &tape);
  EXPECT_EQ(error_of([&] {
              matmul(x, tape.input(Tensor::zeros({256, 784})));
            }),
            "matmul: x [128, 784] needs w with 784 rows, got [256, 784] (in 0.linear)");
}

// Scopes are counted over all threads: those of one thread are not mistaken for those of another.
TEST(Misuse, ATapeThatGoesFromThreadToThreadKeepsItsLayersApart) {
  Tape tape;
  const Variable x = tape.input(one(1));
  for (const char* name : {"0", "1"}) {
    std::thread([&] {
      const Scope scope(name, "linear", &tape);
      exp(x);
    }).join();
  }
  EXPECT_EQ(tape.node(1).layer, "0.linear");
  EXPECT_EQ(tape.node(2).layer, "1.linear");
}

}  // namespace
