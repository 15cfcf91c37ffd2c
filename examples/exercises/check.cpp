#include <gradus/core/error.h>
#include <gradus/examples/exercises/check.h>
#include <gradus/examples/exercises/grader/grade.h>

#include <algorithm>
#include <exception>
#include <iomanip>
#include <ostream>

using namespace gradus;
using namespace gradus::exercises;

namespace {

std::string path(const Exercise& exercise) { return "examples/exercises/" + exercise.file(); }

std::string line(const Verdict& verdict) {
  if (verdict.mark == Mark::right) return "✓ right";
  return (verdict.mark == Mark::wrong ? "✗ " : "· ") + verdict.diagnosis;
}

void count(check_exercises::Tally& tally, Mark mark) {
  tally.right += mark == Mark::right;
  tally.wrong += mark == Mark::wrong;
  tally.not_done += mark == Mark::not_done;
}

void show(std::ostream& out, const std::string& name, const Tensor& value) {
  out << name << ' ' << value.shape() << "\n" << value << "\n\n";
}

void show_case(std::ostream& out, const Exercise& exercise) {
  const Case& numbers = exercise.cases.front();
  out << "\nGiven, in the first case:\n\n";
  for (std::size_t i = 0; i < exercise.operands.size(); ++i) show(out, exercise.operands[i], numbers.operands[i]);
  for (std::size_t i = 0; i < numbers.tape.size(); ++i) {
    const auto& [left, right, d_left, d_right] = numbers.tape[i];
    out << "line " << i << ": left " << left << ", right " << right << ", d_left " << d_left << ", d_right " << d_right
        << '\n';
  }
  try {
    const std::vector<Tensor> results = exercise.answer(numbers);
    out << "Yours:\n\n";
    for (std::size_t i = 0; i < results.size(); ++i) show(out, exercise.outputs[i].name, results[i]);
  } catch (const std::exception& error) {
    out << "Yours stops with an error: " << error.what() << '\n';
  }
}

}  // namespace

check_exercises::Tally check_exercises::all(std::ostream& out) {
  Tally tally;
  const std::vector<Exercise> exercises = all_exercises();
  const Exercise* next = nullptr;
  for (const Exercise& exercise : exercises) {
    // The name goes out before the answer runs: should it crash, one sees which.
    out << std::setw(3) << exercise.number << ' ' << std::left << std::setw(19) << exercise.name << std::right
        << std::flush;
    const Verdict verdict = grade(exercise, exercise.answer);
    out << line(verdict) << std::endl;
    count(tally, verdict.mark);
    if (!next && verdict.mark != Mark::right) next = &exercise;
  }
  out << '\n' << tally.right << " of " << exercises.size() << " right";
  if (tally.wrong > 0) out << ", " << tally.wrong << " wrong";
  if (tally.not_done > 0) out << ", " << tally.not_done << " not done yet";
  out << ".";
  if (next) out << " Next: " << next->question << " " << path(*next);
  out << '\n';
  return tally;
}

check_exercises::Tally check_exercises::one(std::ostream& out, const std::string& which) {
  const std::vector<Exercise> exercises = all_exercises();
  const auto is_meant = [&](const Exercise& e) { return e.name == which || std::to_string(e.number) == which; };
  const auto found = std::ranges::find_if(exercises, is_meant);
  if (found == exercises.end()) {
    std::string names;
    for (const Exercise& exercise : exercises) names += (names.empty() ? "" : ", ") + exercise.name;
    throw std::invalid_argument("no exercise \"" + which + "\"; there are " + names);
  }
  out << found->number << ' ' << found->name << ": " << found->question << '\n' << path(*found) << '\n' << std::flush;
  const Verdict verdict = grade(*found, found->answer);
  out << line(verdict) << '\n';
  if (verdict.mark == Mark::wrong) show_case(out, *found);
  Tally tally;
  count(tally, verdict.mark);
  return tally;
}
