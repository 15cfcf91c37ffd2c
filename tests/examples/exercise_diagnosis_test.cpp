// What the exercises' grader says about answers that are wrong, and that it survives them.
#include "examples/run_program.h"

#include <gradus/examples/exercises/grader/grade.h>

#include <gradus/core/tensor/arithmetic.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <limits>
#include <string>
#include <vector>

using namespace gradus;
using namespace gradus::exercises;
using ::testing::HasSubstr;
using ::testing::StartsWith;

namespace {

using Results = std::vector<Tensor>;

const Exercise& exercise(const std::string& name) {
  static const std::vector<Exercise> all = all_exercises();
  const auto found = std::ranges::find(all, name, &Exercise::name);
  if (found == all.end()) throw std::invalid_argument("no exercise " + name);
  return *found;
}

// The solution with one output replaced by f(that output).
template <class F>
Backward changed(const Exercise& exercise, std::size_t output, F f) {
  return Backward([&exercise, output, f](const Case& numbers) {
    Results results = exercise.solution(numbers);
    results[output] = f(results[output]);
    return results;
  });
}

template <class F>
std::string diagnosis(const std::string& name, std::size_t output, F f) {
  return grade(exercise(name), changed(exercise(name), output, f)).diagnosis;
}

TEST(ExerciseDiagnosis, AWrongSignIsNamedEverywhere) {
  for (const Exercise& exercise : all_exercises()) {
    for (std::size_t i = 0; i < exercise.outputs.size(); ++i) {
      const Verdict verdict = grade(exercise, changed(exercise, i, [](const Tensor& t) { return -t; }));
      EXPECT_EQ(verdict.diagnosis.find(exercise.outputs[i].name + ": the sign is wrong"), 0U)
          << exercise.name << ": " << verdict.diagnosis;
    }
  }
}

TEST(ExerciseDiagnosis, OfAChainTheLinesThatHoldAreNamed) {
  const Exercise& derivation = exercise("derivation");
  const auto without_mean_term = [](const Tensor& dx) { return dx + mean(dx, {0}) + 1; };  // some other number
  const Verdict wrong = grade(derivation, changed(derivation, 4, without_mean_term));
  EXPECT_EQ(wrong.mark, Mark::wrong);
  EXPECT_THAT(wrong.holds, ::testing::MatchesRegex("lines 1 to 4 hold to .e-1[567]"));
  EXPECT_THAT(wrong.diagnosis, StartsWith("line 5: "));
  const Verdict undone = grade(derivation, changed(derivation, 1, [](const Tensor&) { return Tensor(); }));
  EXPECT_EQ(undone.mark, Mark::not_done);
  EXPECT_THAT(undone.holds, StartsWith("line 1 holds to "));
  EXPECT_EQ(undone.diagnosis, "line 2 is not done yet");
  EXPECT_THAT(grade(derivation, derivation.solution).holds, StartsWith("lines 1 to 10 hold to "));
  EXPECT_EQ(grade(derivation, changed(derivation, 0, without_mean_term)).holds, "");
  EXPECT_EQ(grade(exercise("fan_out"), exercise("fan_out").solution).holds, "");
}

TEST(ExerciseDiagnosis, MistakesThatCanBeMadeAnywhereAreNamed) {
  const auto by_rows = [](const Tensor& t) { return t * static_cast<Scalar>(t.size(0)); };
  EXPECT_EQ(diagnosis("multiply", 0, [](const Tensor& t) { return t * 3; }), "da: too large: off by a factor of 3");
  EXPECT_EQ(diagnosis("multiply", 0, [](const Tensor& t) { return t / 4; }), "da: too small: off by a factor of 4");
  EXPECT_EQ(diagnosis("multiply", 1, by_rows), "db: too large: off by a factor of 4, the size of axis 0 of dy [4, 3]");
  EXPECT_EQ(diagnosis("sigmoid", 0, [](const Tensor& t) { return t / static_cast<Scalar>(-t.count()); }),
            "dx: the sign is wrong, and it is too small: off by a factor of 12, the number of elements of dy [4, 3]");
  EXPECT_EQ(diagnosis("multiply", 0, [](const Tensor& t) { return t * std::pow(t.size(0), 1.5); }),
            "da: proportional to what it should be, but off by a factor (8 in one case, 11.1803 in another)");
  EXPECT_EQ(diagnosis("matmul", 1, [](const Tensor& t) { return transpose(t); }), "dw: transposed");
  EXPECT_EQ(diagnosis("softmax", 0, [](const Tensor& t) { return t * 0; }), "dx: zero everywhere");
  EXPECT_EQ(diagnosis("broadcast_add", 1,
                      [](const Tensor& t) {
                        return t.reshape({1, t.count()});
                      }),
            "db: right numbers in the wrong shape: [1, 3], expected [3]");
  EXPECT_EQ(diagnosis("sum", 0, [](const Tensor& t) { return t.rows(0, 1); }),
            "dx: has the shape [1, 3], expected [4, 3]: not broadcast back");
  EXPECT_EQ(diagnosis("sum", 0, [](const Tensor& t) { return t.rows(0, 2); }),
            "dx: has the shape [2, 3], expected [4, 3]");
  EXPECT_EQ(diagnosis("batch_norm", 2,
                      [](const Tensor& t) {
                        return broadcast_to(t / 4, {4, t.count()});
                      }),
            "dbeta: has the shape [4, 3], expected [3]: not summed");
}

TEST(ExerciseDiagnosis, WhatArrivesFromAboveMustBeUsed) {
  const Exercise& sigmoid = exercise("sigmoid");
  const Backward without([](const Tensor&, const Tensor& y) { return y * (1 - y); });
  EXPECT_EQ(grade(sigmoid, without).diagnosis, "dx: dy is left out: what arrives from above is not used");
}

TEST(ExerciseDiagnosis, OutputsThatWereExchangedAreNamed) {
  const Exercise& multiply = exercise("multiply");
  const Backward exchanged([&](const Case& numbers) {
    Results results = multiply.solution(numbers);
    std::swap(results[0], results[1]);
    return results;
  });
  EXPECT_EQ(grade(multiply, exchanged).diagnosis, "da: multiplied by a, which is not what y changes by when a moves");
  const Exercise& staged = exercise("staged_batch_norm");
  const Backward shifted([&](const Case& numbers) {
    Results results = staged.solution(numbers);
    results[1] = results[2];
    return results;
  });
  EXPECT_EQ(grade(staged, shifted).diagnosis, "dvariance: this is what dmu should be");
}

TEST(ExerciseDiagnosis, UnknownMistakesSayWhereTheyAre) {
  const auto spoil = [](Scalar by) {
    return [by](const Tensor& t) {
      Tensor spoilt = t;
      spoilt.mutable_values()[4] += by;
      return spoilt;
    };
  };
  const std::string text = diagnosis("multiply", 0, spoil(0.5));
  EXPECT_EQ(text.find("da: of the right shape, but at [1, 1] it is "), 0U) << text;
  EXPECT_NE(text.find(", expected "), std::string::npos) << text;
  EXPECT_NE(text.find("(1 of 12 elements differ, in case 1)"), std::string::npos) << text;
  EXPECT_NE(diagnosis("multiply", 0, spoil(std::numeric_limits<Scalar>::quiet_NaN())).find("at [1, 1] it is nan"),
            std::string::npos);
}

TEST(ExerciseDiagnosis, AnswersThatAreHalfDoneOrFailSaySo) {
  const Exercise& multiply = exercise("multiply");
  const Verdict half = grade(multiply, changed(multiply, 1, [](const Tensor&) { return Tensor(); }));
  EXPECT_EQ(half.mark, Mark::not_done);
  EXPECT_EQ(half.diagnosis, "db is not done yet");

  const Exercise& mean = exercise("mean");
  const Backward fails([](const Tensor& dy, const Tensor& x) { return dy.reshape({-1, 7}) + x; });
  EXPECT_EQ(grade(mean, fails).mark, Mark::wrong);
  EXPECT_EQ(grade(mean, fails).diagnosis.find("stops with an error: reshape: "), 0U) << grade(mean, fails).diagnosis;

  // One that fails wherever shapes tell is still recognized by the case that is square.
  const Backward not_transposed([](const Tensor& dy, const Tensor& x, const Tensor& w) {
    return Gradients2{matmul(dy, w), matmul(x, dy)};
  });
  EXPECT_EQ(
      grade(exercise("matmul"), not_transposed).diagnosis,
      "dx: w is not transposed; in other shapes it stops with an error: matmul: x [4, 2] needs w with 2 rows, got "
      "[3, 2]");
}

// Written as a learner would, once with each way to get at an element.
Tensor without_a_look_at_absent_operands(const std::vector<Line>& tape) {
  Tensor grad = Tensor::zeros({std::ssize(tape)});
  const std::span<Scalar> v = grad.mutable_values();
  v.back() = 1;
  for (std::size_t i = tape.size(); i-- > 0;) {
    v[static_cast<std::size_t>(tape[i].left)] += v[i] * tape[i].d_left;
    v[static_cast<std::size_t>(tape[i].right)] += v[i] * tape[i].d_right;
  }
  return grad;
}

Tensor with_at_and_set(const std::vector<Line>& tape) {
  Tensor grad = Tensor::zeros({std::ssize(tape)});
  grad.set({-1}, 1);
  for (std::int64_t i = std::ssize(tape); i-- > 0;) {
    const Line& line = tape[static_cast<std::size_t>(i)];
    const Scalar g = grad.at({i});
    grad.set({line.left}, grad.at({line.left}) + g * line.d_left);
    grad.set({line.right}, grad.at({line.right}) + g * line.d_right);
  }
  return grad;
}

TEST(ExerciseDiagnosis, OperandsThatAreAbsentMayNotBeUsed) {
  EXPECT_EQ(grade(exercise("tape"), without_a_look_at_absent_operands).diagnosis,
            "is aborted: most likely an index lies outside of what it is used on, as -1 does");
  EXPECT_EQ(grade(exercise("tape"), with_at_and_set).diagnosis,
            "grad: NaN: -1 means that there is no such operand; nothing may be passed on to it");
}

TEST(ExerciseDiagnosis, WhateverAnAnswerDoesTheGraderGoesOn) {
  const auto said = [](void (*answer)()) {
    const Verdict verdict = grade(exercise("sum"), Backward([answer](const Case&) {
                                    answer();
                                    return Results{};
                                  }));
    EXPECT_EQ(verdict.mark, Mark::wrong);
    return verdict.diagnosis;
  };
  EXPECT_THAT(said([] { std::raise(SIGSEGV); }), StartsWith("uses memory that is not its own"));
  EXPECT_EQ(said([] { std::raise(SIGFPE); }), "divides an integer by 0");
  EXPECT_EQ(said([] { std::raise(SIGALRM); }), "does not end: it was stopped after 5 seconds");
  EXPECT_EQ(said([] { std::raise(SIGTERM); }), "is ended by the signal 15");
  EXPECT_EQ(said([] { std::_Exit(0); }), "ends the program");
  EXPECT_EQ(said([] { throw std::runtime_error("no"); }), "stops with an error: no");
}

TEST(ExerciseDiagnosis, WhatIsLeftOutTogetherWithASecondMistake) {
  const std::string left_out = "dloss is left out: what arrives from above is not used; besides, ";
  const auto mse = [](Tensor (*answer)(const Tensor&, const Tensor&)) {
    return grade(exercise("mse"),
                 Backward([answer](const Case& c) { return Results{answer(c.operands[1], c.operands[2])}; }))
        .diagnosis;
  };
  EXPECT_EQ(mse([](const Tensor& y, const Tensor& target) { return 2 * (y - target); }),
            "dy: " + left_out + "off by a factor of N: the mean's division is missing");
  EXPECT_EQ(mse([](const Tensor& y, const Tensor& target) { return y - target; }),
            "dy: " + left_out + "off by a factor of N and of 2: neither the mean's nor the square's is there");
  EXPECT_EQ(mse([](const Tensor& y, const Tensor& target) { return 2 * (target - y); }),
            "dy: " + left_out +
                "the sign is wrong, and it is too large: off by a factor of 12, the number of elements of y [4, 3]");
  const Backward not_divided(
      [](const Tensor&, const Tensor& logits, const Tensor& target) { return softmax(logits) - target; });
  EXPECT_EQ(grade(exercise("cross_entropy"), not_divided).diagnosis,
            "dlogits: " + left_out + "off by a factor of n: the loss is the mean over the rows");
  const Backward twice([](const Tensor& dloss, const Tensor& logits, const Tensor& target) {
    return dloss * dloss * (softmax(logits) - target) / static_cast<Scalar>(logits.size(0));
  });
  EXPECT_EQ(grade(exercise("cross_entropy"), twice).diagnosis, "dlogits: off by a factor of dloss: it is there twice");
  const Backward in_front([](const Tensor& dy, const Tensor& y) { return dy - y * sum(dy * y, {1}, Reduced::kept); });
  EXPECT_EQ(grade(exercise("softmax"), in_front).diagnosis, "dx: only the sum is multiplied by y: dy is, too");
}

}  // namespace
