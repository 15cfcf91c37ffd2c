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
  EXPECT_EQ(all_exercises().size(), 21U);
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
      const std::string named =
          verdict.diagnosis.substr(0, verdict.diagnosis.find("; in other shapes it stops with an error: "));
      EXPECT_EQ(named, expected) << exercise.name;
    }
  }
}

TEST(Exercises, TheProgramListsThemAndIsStrictWhereAsked) {
  const Outcome relaxed = run_program("grade_exercises");
  EXPECT_EQ(relaxed.exit_code, 0) << relaxed.errors;
  EXPECT_NE(relaxed.output.find("  2 fan_out            "), std::string::npos) << relaxed.output;
  const bool all_right = relaxed.output.find("21 of 21 right") != std::string::npos;
  EXPECT_EQ(run_program("grade_exercises --strict").exit_code, all_right ? 0 : 1);
  for (const Exercise& exercise : all_exercises()) {  // Next is the first that is not right.
    const std::size_t name = relaxed.output.find(' ' + exercise.name + ' ');
    const std::string line = relaxed.output.substr(name, relaxed.output.find('\n', name) - name);
    if (line.find("✓ right") != std::string::npos) continue;
    EXPECT_NE(relaxed.output.find("Next: " + exercise.question), std::string::npos) << relaxed.output;
    break;
  }

  const Outcome one = run_program("grade_exercises 2");
  EXPECT_EQ(one.exit_code, 0) << one.errors;
  EXPECT_EQ(one.output.find("2 fan_out: What becomes of two gradients that meet?\nexamples/exercises/02_fan_out.cpp\n"),
            0U)
      << one.output;
  const Outcome unknown = run_program("grade_exercises divide");
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_NE(unknown.errors.find("no exercise \"divide\"; there are multiply, fan_out"), std::string::npos);
}

TEST(Exercises, EachHasThreeHints) {
  for (const Exercise& exercise : all_exercises()) {
    std::vector<std::string> hints(exercise.hints.begin(), exercise.hints.end());
    for (const std::string& hint : hints) EXPECT_GT(hint.size(), 20u) << exercise.name;
    EXPECT_LE(hints[2].size(), 320u) << exercise.name;
  }
  const Outcome hint = run_program("grade_exercises fan_out --hint 2");
  EXPECT_EQ(hint.exit_code, 0) << hint.errors;
  EXPECT_NE(hint.output.find("Hint 2 of 3\nWork out the path by u alone"), std::string::npos) << hint.output;
  const Outcome last = run_program("grade_exercises 2 --hint 3");
  EXPECT_NE(last.output.find("The solution: examples/exercises/key/02_fan_out.cpp"), std::string::npos) << last.output;
  EXPECT_EQ(run_program("grade_exercises --hint 1").exit_code, 2);
  EXPECT_EQ(run_program("grade_exercises 2 --hint 4").exit_code, 2);
}

}  // namespace
