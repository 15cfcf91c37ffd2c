// Grades the exercises beside this file: what the target check_exercises runs.
#include <gradus/core/error.h>
#include <gradus/examples/command_line/arguments.h>
#include <gradus/examples/command_line/format.h>
#include <gradus/examples/exercises/grader/attempt.h>
#include <gradus/examples/exercises/grader/grade.h>

#include <algorithm>
#include <iomanip>
#include <iostream>

using namespace gradus;
using namespace gradus::exercises;

namespace {

std::string path(const Exercise& exercise) { return "examples/exercises/" + exercise.file(); }

std::string line(const Verdict& verdict) {
  if (verdict.mark == Mark::right) return "✓ right" + (verdict.holds.empty() ? "" : ": " + verdict.holds);
  return (verdict.mark == Mark::wrong ? "✗ " : "· ") + verdict.holds + (verdict.holds.empty() ? "" : "; ") +
         verdict.diagnosis;
}

void show(const std::string& name, const Tensor& value) {
  std::cout << name << ' ' << value.shape() << "\n" << value << "\n\n";
}

void show_case(const Exercise& exercise) {
  const Case& numbers = exercise.cases.front();
  std::cout << "\nGiven, in the first case:\n\n";
  for (std::size_t i = 0; i < exercise.operands.size(); ++i) show(exercise.operands[i], numbers.operands[i]);
  for (std::size_t i = 0; i < numbers.tape.size(); ++i) {
    const auto& [left, right, d_left, d_right] = numbers.tape[i];
    std::cout << "line " << i << ": left " << left << ", right " << right << ", d_left " << d_left << ", d_right "
              << d_right << '\n';
  }
  const Attempt yours = attempt_apart(exercise.answer, numbers);
  if (!yours.error.empty()) {
    std::cout << "Yours " << yours.error << '\n';
    return;
  }
  std::cout << "Yours:\n\n";
  for (std::size_t i = 0; i < yours.results.size(); ++i) show(exercise.outputs[i].name, yours.results[i]);
}

// A line about each exercise and where to go on. Returns whether all are right.
bool check_all(const std::vector<Exercise>& exercises) {
  std::size_t right = 0, wrong = 0;
  const Exercise* next = nullptr;
  for (const Exercise& exercise : exercises) {
    // The name goes out before the answer runs: should it take long, one sees which.
    std::cout << std::setw(3) << exercise.number << ' ' << std::left << std::setw(19) << exercise.name << std::right
              << std::flush;
    const Verdict verdict = grade(exercise, exercise.answer);
    std::cout << line(verdict) << std::endl;
    right += verdict.mark == Mark::right;
    wrong += verdict.mark == Mark::wrong;
    if (!next && verdict.mark != Mark::right) next = &exercise;
  }
  const std::size_t not_done = exercises.size() - right - wrong;
  std::cout << '\n' << right << " of " << exercises.size() << " right";
  if (wrong > 0) std::cout << ", " << wrong << " wrong";
  if (not_done > 0) std::cout << ", " << not_done << " not done yet";
  std::cout << ".";
  if (next) std::cout << " Next: " << next->question << " " << path(*next);
  std::cout << '\n';
  return !next;
}

// By its name or number.
const Exercise& find(const std::vector<Exercise>& exercises, const std::string& which) {
  const auto is_meant = [&](const Exercise& e) { return e.name == which || std::to_string(e.number) == which; };
  const auto found = std::ranges::find_if(exercises, is_meant);
  if (found == exercises.end()) {
    std::string names;
    for (const Exercise& exercise : exercises) names += (names.empty() ? "" : ", ") + exercise.name;
    throw examples::UsageError("EXERCISE", "no exercise \"" + which + "\"; there are " + names);
  }
  return *found;
}

void show_title(const Exercise& exercise) {
  std::cout << exercise.number << ' ' << exercise.name << ": " << exercise.question << '\n'
            << path(exercise) << std::endl;
}

// The verdict, and the numbers it was tried on.
bool check_one(const Exercise& exercise) {
  show_title(exercise);
  const Verdict verdict = grade(exercise, exercise.answer);
  std::cout << line(verdict) << '\n';
  if (verdict.mark == Mark::wrong) show_case(exercise);
  if (verdict.mark != Mark::right) {
    std::cout << "A hint, the first of three: build/examples/grade_exercises " << exercise.number << " --hint 1\n";
  }
  return verdict.mark == Mark::right;
}

void show_hint(const Exercise& exercise, int hint) {
  show_title(exercise);
  std::cout << "\nHint " << hint << " of 3";
  for (const std::string& row : examples::wrap(exercise.hints[static_cast<std::size_t>(hint) - 1], 96)) {
    std::cout << '\n' << row;
  }
  std::cout << "\n\n"
            << (hint < 3 ? text("Still stuck: --hint ", hint + 1)
                         : "The solution: examples/exercises/key/" + exercise.file())
            << '\n';
}

int run(int argc, char** argv) {
  std::string which;
  bool strict = false;
  int hint = 0;
  examples::Arguments arguments("grade_exercises",
                                "Grades the backward functions in examples/exercises: right, not done yet, or what "
                                "the mistake seems to be.");
  arguments.add_positional("EXERCISE", "only this one, by name or number, with the numbers it is tried on", which, {},
                           examples::Presence::optional);
  arguments.add("--hint", "N",
                "print only this hint for the exercise, from 1, a question, to 3, the line in words; 0: none", hint,
                examples::range(0, 3));
  arguments.add_flag("--strict", "exit with 1 unless all that was graded is right", strict);
  arguments.parse(argc, argv);
  const std::vector<Exercise> exercises = all_exercises();
  if (hint > 0) {
    if (which.empty()) throw examples::UsageError("--hint", "for which exercise? grade_exercises 2 --hint 1");
    show_hint(find(exercises, which), hint);
    return 0;
  }
  const bool right = which.empty() ? check_all(exercises) : check_one(find(exercises, which));
  return strict && !right ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) { return examples::run_program(argc, argv, run); }
