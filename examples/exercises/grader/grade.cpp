#include <gradus/core/error.h>
#include <gradus/examples/exercises/grader/anywhere.h>
#include <gradus/examples/exercises/grader/compare.h>
#include <gradus/examples/exercises/grader/grade.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <optional>

namespace gradus::exercises {
namespace {

// What an answer returned for one case, or how it failed.
struct Attempt {
  std::vector<Tensor> results;
  std::string error;
};

Attempt attempt(const Backward& answer, const Case& numbers) {
  try {
    return {answer(numbers), ""};
  } catch (const std::exception& error) {
    return {{}, error.what()};
  }
}

// Blanks return empty tensors; nothing that is asked for is empty.
bool is_blank(const Tensor& t) { return t.count() == 0; }

bool gives_the_same(const Mistake& mistake, const Comparison& c) {
  for (std::size_t i = 0; i < c.cases.size(); ++i) {
    const Attempt mistaken = attempt(mistake.backward, *c.cases[i]);
    if (!mistaken.error.empty() || !same(c.mine(i), mistaken.results[0])) return false;
  }
  return true;
}

std::string first_difference(const Comparison& c) {
  for (std::size_t i = 0; i < c.cases.size(); ++i) {
    const Tensor &mine = c.mine(i), &right = c.right(i);
    if (mine.shape() != right.shape()) return text("has the shape ", mine.shape(), ", expected ", right.shape());
    std::int64_t first = -1, count = 0;
    for (std::int64_t at = 0; at < right.count(); ++at) {
      if (!differs(mine, right, at)) continue;
      if (first < 0) first = at;
      ++count;
    }
    if (first < 0) continue;
    const auto at = static_cast<std::size_t>(first);
    const Scalar got = mine.values()[at];
    return text("of the right shape, but at ", index_text(right.shape(), first), " it is ", got, ", expected ",
                right.values()[at], " (", count, " of ", right.count(), " elements differ, in case ", i + 1, ")");
  }
  return "";
}

// What is wrong with one output; empty if nothing.
std::string diagnose(const Comparison& c) {
  bool right = true;
  for (std::size_t i = 0; i < c.cases.size(); ++i) right = right && same(c.mine(i), c.right(i));
  if (right) return "";
  const std::string& name = c.exercise.outputs[c.output].name;
  for (const Mistake& mistake : c.exercise.mistakes) {
    if (mistake.output == name && gives_the_same(mistake, c)) return mistake.diagnosis;
  }
  return mistake_made_anywhere(c).value_or(first_difference(c));
}

}  // namespace

Verdict grade(const Exercise& exercise, const Backward& answer) {
  Comparison comparison{exercise, 0, {}, {}, {}};
  std::string error;
  for (const Case& numbers : exercise.cases) {
    const Attempt tried = attempt(answer, numbers);
    if (!tried.error.empty()) {
      if (error.empty()) error = tried.error;
      continue;
    }
    comparison.cases.push_back(&numbers);
    comparison.got.push_back(tried.results);
    comparison.expected.push_back(exercise.solution(numbers));
  }
  if (!comparison.got.empty() && std::ranges::all_of(comparison.got[0], is_blank) && error.empty()) {
    return {Mark::not_done, "not done yet"};
  }
  // An answer that fails for most shapes may still tell by the others what is wrong with it.
  for (; !comparison.cases.empty() && comparison.output < exercise.outputs.size(); ++comparison.output) {
    const std::string& name = exercise.outputs[comparison.output].name;
    if (is_blank(comparison.mine(0))) {
      if (error.empty()) return {Mark::not_done, name + " is not done yet"};
      break;
    }
    const std::string diagnosis = diagnose(comparison);
    if (diagnosis.empty()) continue;
    return {Mark::wrong, name + ": " + diagnosis + (error.empty() ? "" : "; in other shapes it stops: " + error)};
  }
  if (!error.empty()) return {Mark::wrong, "stops with an error: " + error};
  return {};
}

}  // namespace gradus::exercises
