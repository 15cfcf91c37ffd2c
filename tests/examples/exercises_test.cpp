// The exercises' grader: solutions are right, by the tape and by central differences; blanks are not done yet; every
// known mistake gets its own name. It must pass in the tree of a learner who has solved some, so that it says nothing
// about answers that were written.
#include "distance.h"
#include "examples/run_program.h"

#include <gradus/core/inspect/history.h>
#include <gradus/examples/exercises/grader/compare.h>
#include <gradus/examples/exercises/grader/grade.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

using namespace gradus;
using namespace gradus::exercises;
using gradus::testing::Outcome;
using gradus::testing::read_file;
using gradus::testing::run_program;

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

std::size_t index_of(const Exercise& exercise, const std::string& output) {
  const auto found = std::ranges::find(exercise.outputs, output, &Output::name);
  EXPECT_NE(found, exercise.outputs.end()) << exercise.name << " has no output " << output;
  return static_cast<std::size_t>(found - exercise.outputs.begin());
}

double loss_of(Loss loss, const Results& inputs) {
  Tape tape(Recording::off);
  std::vector<Variable> variables;
  for (const Tensor& x : inputs) variables.push_back(tape.input(x));
  return loss(variables).item();
}

Tensor by_tape(Loss loss, const Results& inputs, std::size_t i) {
  Tape tape;
  std::vector<Variable> variables;
  for (const Tensor& x : inputs) variables.push_back(tape.variable(x));
  tape.backward(loss(variables));
  return variables[i].grad();
}

Tensor by_central_differences(Loss loss, Results inputs, std::size_t i) {
  constexpr Scalar h = 6e-6;
  Tensor gradient = Tensor::zeros(inputs[i].shape());
  for (std::size_t at = 0; at < gradient.values().size(); ++at) {
    const Scalar x = inputs[i].values()[at];
    inputs[i].mutable_values()[at] = x + h;
    const double above = loss_of(loss, inputs);
    inputs[i].mutable_values()[at] = x - h;
    const double below = loss_of(loss, inputs);
    inputs[i].mutable_values()[at] = x;
    gradient.mutable_values()[at] = (above - below) / (2 * h);
  }
  return gradient;
}

TEST(Exercises, SolutionsAreRight) {
  EXPECT_EQ(all_exercises().size(), 17U);
  for (const Exercise& exercise : all_exercises()) {
    const Verdict verdict = grade(exercise, exercise.solution);
    EXPECT_EQ(verdict.mark, Mark::right) << exercise.name << ": " << verdict.diagnosis;
    EXPECT_EQ(verdict.diagnosis, "");
  }
}

TEST(Exercises, SolutionsAreTheGradientsOfTheLoss) {
  for (const Exercise& exercise : all_exercises()) {
    if (exercise.name == "tape") continue;  // below
    for (std::size_t k = 0; k < exercise.cases.size(); ++k) {
      const Case& numbers = exercise.cases[k];
      const Results solution = exercise.solution(numbers);
      for (std::size_t i = 0; i < exercise.outputs.size(); ++i) {
        const auto& [name, input, own_loss] = exercise.outputs[i];
        const Loss loss = own_loss ? own_loss : exercise.loss;
        EXPECT_LT(distance(solution[i], by_tape(loss, numbers.inputs, input)), 1e-12)
            << exercise.name << ' ' << name << " in case " << k;
        // The second case of relu has an element at the kink, where there is no derivative to compare with.
        if (exercise.name == "relu" && k == 1) continue;
        EXPECT_LT(distance(solution[i], by_central_differences(loss, numbers.inputs, input)), 1e-8)
            << exercise.name << ' ' << name << " in case " << k;
      }
    }
  }
}

// The lines of the exercise's tapes are linear in their operands, so that a real tape can be recorded from them.
TEST(Exercises, SolutionOfTapeIsWhatTheTapeDoes) {
  for (const Case& numbers : exercise("tape").cases) {
    Tape tape;
    const History history(tape);
    std::vector<Variable> lines;
    for (const Line& line : numbers.tape) {
      if (line.left < 0 && line.right < 0) {
        lines.push_back(tape.variable(1));
        continue;
      }
      const auto share = [&](int from, Scalar derivative) {
        return from < 0 ? tape.input(0) : lines[static_cast<std::size_t>(from)] * derivative;
      };
      const Variable left = share(line.left, line.d_left);
      const Variable right = share(line.right, line.d_right);
      lines.push_back(left + right);
    }
    tape.backward(lines.back());
    const Tensor grad = exercise("tape").solution(numbers)[0];
    ASSERT_EQ(grad.count(), std::ssize(lines));
    for (std::size_t i = 0; i < lines.size(); ++i) {
      EXPECT_EQ(grad.values()[i], history.grad(tape.node_of(lines[i]))->item()) << i;
    }
  }
}

TEST(Exercises, BlanksAreNotDoneYet) {
  for (const Exercise& exercise : all_exercises()) {
    const Backward blank([&](const Case&) { return Results(exercise.outputs.size()); });
    const Verdict verdict = grade(exercise, blank);
    EXPECT_EQ(verdict.mark, Mark::not_done) << exercise.name;
    EXPECT_EQ(verdict.diagnosis, "not done yet");
  }
}

TEST(Exercises, FilesNobodyHasWrittenInAreNotDoneYet) {
  for (const Exercise& exercise : all_exercises()) {
    const std::string folder = std::string(GRADUS_TEST_DIR) + "/../examples/exercises/";
    const std::string source = read_file(folder + exercise.file());
    EXPECT_NE(source.find("// Exercise " + std::to_string(exercise.number) + ":"), std::string::npos)
        << exercise.file();
    EXPECT_NE(read_file(folder + "key/" + exercise.file()), "") << exercise.file();
    if (source.find("  // Your lines here.\n\n  return ") == std::string::npos) continue;
    EXPECT_EQ(grade(exercise, exercise.answer).diagnosis, "not done yet") << exercise.name;
  }
}

TEST(Exercises, TheReadmeListsThem) {
  const std::string readme = read_file(std::string(GRADUS_TEST_DIR) + "/../examples/exercises/README.md");
  for (const Exercise& exercise : all_exercises()) {
    const std::string row = "| " + std::to_string(exercise.number) + " | [`" + exercise.name + "`](" + exercise.file() +
                            ") | " + exercise.question + " |\n";
    EXPECT_NE(readme.find(row), std::string::npos) << row;
  }
}

TEST(Exercises, EveryKnownMistakeIsNamed) {
  for (const Exercise& exercise : all_exercises()) {
    EXPECT_GE(exercise.mistakes.size(), 2U) << exercise.name;
    for (const Mistake& mistake : exercise.mistakes) {
      const std::size_t output = index_of(exercise, mistake.output);
      const Backward mistaken([&](const Case& numbers) {
        Results results = exercise.solution(numbers);
        results[output] = mistake.backward(numbers)[0];
        return results;
      });
      const Verdict verdict = grade(exercise, mistaken);
      EXPECT_EQ(verdict.mark, Mark::wrong) << exercise.name << ": " << mistake.diagnosis;
      const std::string expected = mistake.output + ": " + mistake.diagnosis;
      const std::string named = verdict.diagnosis.substr(0, verdict.diagnosis.find("; in other shapes it stops: "));
      EXPECT_EQ(named, expected) << exercise.name;
    }
  }
}

TEST(Exercises, AWrongSignIsNamedEverywhere) {
  for (const Exercise& exercise : all_exercises()) {
    for (std::size_t i = 0; i < exercise.outputs.size(); ++i) {
      const Verdict verdict = grade(exercise, changed(exercise, i, [](const Tensor& t) { return -t; }));
      EXPECT_EQ(verdict.diagnosis.find(exercise.outputs[i].name + ": the sign is wrong"), 0U)
          << exercise.name << ": " << verdict.diagnosis;
    }
  }
}

TEST(Exercises, MistakesThatCanBeMadeAnywhereAreNamed) {
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

TEST(Exercises, WhatArrivesFromAboveMustBeUsed) {
  const Exercise& sigmoid = exercise("sigmoid");
  const Backward without([](const Tensor&, const Tensor& y) { return y * (1 - y); });
  EXPECT_EQ(grade(sigmoid, without).diagnosis, "dx: dy is left out: what arrives from above is not used");
}

TEST(Exercises, OutputsThatWereExchangedAreNamed) {
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

TEST(Exercises, UnknownMistakesSayWhereTheyAre) {
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

TEST(Exercises, AnswersThatAreHalfDoneOrFailSaySo) {
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
  EXPECT_EQ(grade(exercise("matmul"), not_transposed).diagnosis,
            "dx: w is not transposed; in other shapes it stops: matmul: x [4, 2] needs w with 2 rows, got "
            "[3, 2]");
}

TEST(Exercises, TheProgramListsThemAndIsStrictWhereAsked) {
  const Outcome relaxed = run_program("grade_exercises");
  EXPECT_EQ(relaxed.exit_code, 0) << relaxed.errors;
  EXPECT_NE(relaxed.output.find("  2 fan_out            "), std::string::npos) << relaxed.output;
  const bool all_right = relaxed.output.find("17 of 17 right") != std::string::npos;
  EXPECT_EQ(run_program("grade_exercises --strict").exit_code, all_right ? 0 : 1);

  const Outcome one = run_program("grade_exercises 2");
  EXPECT_EQ(one.exit_code, 0) << one.errors;
  EXPECT_EQ(one.output.find("2 fan_out: What becomes of two gradients that meet?\nexamples/exercises/02_fan_out.cpp\n"),
            0U)
      << one.output;
  const Outcome unknown = run_program("grade_exercises divide");
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_NE(unknown.errors.find("no exercise \"divide\"; there are multiply, fan_out"), std::string::npos);
}

}  // namespace
