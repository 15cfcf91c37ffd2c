#include "error_of.h"

#include <gradus/core/autograd/ops.h>
#include <gradus/core/autograd/parameter.h>
#include <gradus/core/autograd/scope.h>

#include <gtest/gtest.h>

using namespace gradus;

namespace {

TEST(Parameter, HasANameAndAValue) {
  const Parameter p("weight", Tensor({2}, {1, 2}));
  EXPECT_EQ(p.name(), "weight");
  EXPECT_EQ(p.shape(), Shape({2}));
  EXPECT_EQ(p.value(), Tensor({2}, {1, 2}));
  EXPECT_FALSE(p.has_grad());
  EXPECT_FALSE(p.frozen());
}

TEST(Parameter, ItsGradientIsAbsentThenMovedInThenAddedTo) {
  Parameter p("w", Tensor::zeros({2}));
  Tensor first({2}, {1, 2});
  const Scalar* data = first.data();
  p.add_grad(std::move(first));
  EXPECT_TRUE(p.has_grad());
  EXPECT_EQ(p.grad().data(), data) << "the first contribution is not copied";
  p.add_grad(Tensor({2}, {10, 20}));
  EXPECT_EQ(p.grad(), Tensor({2}, {11, 22}));
  p.set_grad(Tensor({2}, {5, 6}));
  EXPECT_EQ(p.grad(), Tensor({2}, {5, 6}));
  p.zero_grad();
  EXPECT_FALSE(p.has_grad());
}

TEST(Parameter, ChangingItLeavesSavedTensorsAlone) {
  Parameter p("w", Tensor({2}, {1, 2}));
  const Tensor before = p.value();
  p.mutable_data()[0] = 9;
  EXPECT_EQ(before, Tensor({2}, {1, 2}));
  EXPECT_EQ(p.value(), Tensor({2}, {9, 2}));
  p.set_value(before);
  p.mutable_data()[1] = 7;
  EXPECT_EQ(before, Tensor({2}, {1, 2}));
}

TEST(Parameter, MayHaveTwoOwners) {
  Parameter p("w", Tensor({2}, {1, 2}));
  Parameter q = p.share();
  const Parameter other("w", Tensor({2}, {1, 2}));
  EXPECT_TRUE(p.same_as(q));
  EXPECT_FALSE(p.same_as(other));
  q.mutable_data()[0] = 3;
  EXPECT_EQ(p.value(), Tensor({2}, {3, 2}));
  q.add_grad(Tensor({2}, {1, 1}));
  EXPECT_TRUE(p.has_grad());
}

TEST(Parameter, MayMoveButNotBeCopied) {
  static_assert(!std::is_copy_constructible_v<Parameter> && !std::is_copy_assignable_v<Parameter>);
  Parameter p("w", Tensor({1}, {4}));
  const Parameter q = std::move(p);
  EXPECT_EQ(q.value().item(), 4);
}

TEST(Parameter, SaysWhatIsWrong) {
  Parameter p("weight", Tensor::zeros({2, 3}));
  EXPECT_EQ(error_of([&] { p.set_value(Tensor::zeros({3, 2})); }), "parameter: weight has shape [2, 3], got [3, 2]");
  EXPECT_EQ(error_of([&] { p.grad(); }),
            "parameter: weight has no gradient: no backward has reached it since zero_grad()");
  const std::string mismatch = "parameter: weight has shape [2, 3], its gradient [3]";
  EXPECT_EQ(error_of([&] { p.set_grad(Tensor::zeros({3})); }), mismatch);
  EXPECT_EQ(error_of([&] { p.add_grad(Tensor::zeros({3})); }), mismatch);
  p.add_grad(Tensor::zeros({2, 3}));
  EXPECT_EQ(error_of([&] { p.add_grad(Tensor::zeros({3})); }), mismatch);
}

TEST(ParameterOnATape, JoinsTheTapeOfTheOtherOperands) {
  Parameter w("w", Tensor({2}, {3, 4}));
  Tape tape;
  const Variable loss = sum(tape.input(Tensor({2}, {5, 6})) * w);
  EXPECT_EQ(loss.item(), 39);
  EXPECT_TRUE(loss.needs_grad());
  tape.backward(loss);
  EXPECT_EQ(w.grad(), Tensor({2}, {5, 6}));
}

TEST(ParameterOnATape, JoinsTheTapeOfTheScope) {
  Parameter w("w", Tensor({2}, {3, 4})), b("b", Tensor({2}, {1, 1}));
  Tape tape;
  const Scope scope("0", "scale", &tape);
  const Variable y = w + b;
  EXPECT_EQ(y.tape(), &tape);
  tape.backward(sum(y));
  EXPECT_EQ(w.grad(), Tensor({2}, {1, 1}));
}

TEST(ParameterOnATape, UsedTwiceIsOneLineAndItsGradientsAdd) {
  Parameter w("w", Tensor({1}, {3}));
  Parameter tied = w.share();
  Tape tape;
  const Variable x = tape.input(Tensor({1}, {5}));
  const Variable y = x * w;
  const Variable z = y * tied;  // 5 w^2
  const int lines = tape.size();
  EXPECT_EQ(lines, 4);
  tape.backward(z);
  EXPECT_EQ(w.grad().item(), 30);
  EXPECT_EQ(&tied.grad(), &w.grad());
}

TEST(ParameterOnATape, GradientsAddOverBackwards) {
  Parameter w("w", Tensor({1}, {3}));
  Tape tape;
  for (int step = 1; step <= 3; ++step) {
    tape.backward(tape.input(Tensor({1}, {5})) * w);
    EXPECT_EQ(w.grad().item(), 5 * step);
    tape.clear();
  }
}

TEST(ParameterOnATape, MayBeOnSeveralTapesInTurn) {
  Parameter w("w", Tensor({1}, {3}));
  Tape a, b;
  const Variable x = a.input(Tensor({1}, {2})), y = b.input(Tensor({1}, {10}));
  const Variable u = x * w;
  const Variable v = y * w;
  const Variable u2 = u * w;  // 2 w^2, after another tape used w
  a.backward(u2);
  EXPECT_EQ(w.grad().item(), 12);
  b.backward(v);
  EXPECT_EQ(w.grad().item(), 22);
}

TEST(ParameterOnATape, FrozenItGetsNoGradient) {
  Parameter w("w", Tensor({1}, {3})), b("b", Tensor({1}, {4}));
  w.freeze();
  Tape tape;
  const Variable x = tape.input(Tensor({1}, {2}));
  const Variable y = x * w;
  EXPECT_FALSE(y.needs_grad());
  EXPECT_FALSE(Variable(w).needs_grad());
  EXPECT_TRUE(Variable(b).needs_grad());
  tape.backward(y + b);
  EXPECT_FALSE(w.has_grad());
  EXPECT_TRUE(b.has_grad());
  tape.clear();
  w.freeze(false);
  tape.backward(tape.input(Tensor({1}, {2})) * w);
  EXPECT_EQ(w.grad().item(), 2);
}

TEST(ParameterOnATape, FrozenAfterTheForwardItGetsNoGradientEither) {
  Parameter w("w", Tensor({1}, {3})), b("b", Tensor({1}, {4}));
  Tape tape;
  const Variable y = tape.input(Tensor({1}, {2})) * w + b;
  w.freeze();
  tape.backward(y);
  EXPECT_FALSE(w.has_grad());
  EXPECT_TRUE(b.has_grad());
}

TEST(ParameterOnATape, DestroyedBeforeTheBackwardIsSafe) {
  Tape tape;
  Parameter b("b", Tensor({1}, {1}));
  Variable loss = tape.input(Tensor({1}, {2}));
  {
    Parameter w("w", Tensor({1}, {3}));
    loss = loss * w + b;
  }
  tape.backward(loss);
  EXPECT_EQ(b.grad().item(), 1);
}

TEST(ParameterOnATape, ChangedBetweenForwardAndBackwardIsAMistake) {
  Parameter w("weight", Tensor({2}, {1, 2})), b("bias", Tensor({2}, {1, 2}));
  Tape tape;
  const Variable loss = sum(tape.input(Tensor({2}, {3, 4})) * w + b);
  w.mutable_data()[0] = 5;
  EXPECT_EQ(
      error_of([&] { tape.backward(loss); }),
      "backward: parameter weight [2] was changed since the forward that used it: clear the tape after each step, "
      "before the next forward");
  EXPECT_FALSE(w.has_grad());
  EXPECT_FALSE(b.has_grad());
  tape.clear();
  tape.backward(sum(tape.input(Tensor({2}, {3, 4})) * w));
  EXPECT_EQ(w.grad(), Tensor({2}, {3, 4}));
}

TEST(ParameterOnATape, ChangedBetweenTwoUsesIsAMistake) {
  Parameter w("w", Tensor({1}, {1}));
  Tape tape;
  const Variable y = tape.input(Tensor({1}, {3})) * w;
  w.set_value(Tensor({1}, {2}));
  const Variable z = y * w;
  EXPECT_EQ(error_of([&] { tape.backward(z); }),
            "backward: parameter w [1] was changed since the forward that used it: clear the tape after each step, "
            "before the next forward");
}

// A gradient that no one asked for cannot be wrong.
TEST(ParameterOnATape, ChangingOneThatIsNotReachedIsFine) {
  Parameter w("w", Tensor({1}, {1})), v("v", Tensor({1}, {1}));
  Tape tape;
  const Variable x = tape.input(Tensor({1}, {3}));
  const Variable used = x * w;
  const Variable unused = x * v;
  v.mutable_data()[0] = 2;
  tape.backward(used);
  EXPECT_EQ(w.grad().item(), 3);
  EXPECT_EQ(unused.item(), 3);
}

TEST(ParameterOnATape, OnNoTapeIsAMistake) {
  const Parameter w("w", Tensor({1}, {1}));
  EXPECT_EQ(error_of([&] { exp(w); }),
            "exp: no operand is on a tape, so the parameter would get no gradient: use tape.parameter(p)");
  EXPECT_EQ(error_of([&] { w * 2; }),
            "mul: no operand is on a tape, so the parameter would get no gradient: use tape.parameter(p)");
  Tape tape;
  EXPECT_EQ(exp(tape.parameter(w)).tape(), &tape);
}

}  // namespace
