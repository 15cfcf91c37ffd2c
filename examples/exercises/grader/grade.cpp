#include <gradus/core/error.h>
#include <gradus/examples/exercises/grader/anywhere.h>
#include <gradus/examples/exercises/grader/attempt.h>
#include <gradus/examples/exercises/grader/compare.h>
#include <gradus/examples/exercises/grader/grade.h>

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <optional>
#include <sstream>

namespace gradus::exercises {
namespace {

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

bool right(const Comparison& c) {
  for (std::size_t i = 0; i < c.cases.size(); ++i) {
    if (!same(c.mine(i), c.right(i))) return false;
  }
  return true;
}

std::optional<std::string> known_mistake(const Comparison& c) {
  for (const Mistake& mistake : c.exercise.mistakes) {
    if (mistake.output == c.exercise.outputs[c.output].name && gives_the_same(mistake, c)) return mistake.diagnosis;
  }
  return mistake_made_anywhere(c);
}

// Whether the answer is right, or has a known mistake, once ones arrive from above: then it does not use what does.
std::optional<std::string> ignores_what_arrives(const Comparison& c) {
  std::string names;
  std::vector<Case> cases;
  for (const Case* numbers : c.cases) {
    names = "";
    Case& ones = cases.emplace_back(*numbers);
    for (std::size_t k = 0; k < c.exercise.operands.size(); ++k) {
      if (c.exercise.operands[k][0] != 'd') continue;
      names += (names.empty() ? "" : " and ") + c.exercise.operands[k];
      ones.operands[k] = ones.inputs[k] = Tensor::full(ones.operands[k].shape(), 1);
    }
  }
  if (names.empty()) return {};
  Comparison with_ones{c.exercise, c.output, {}, c.got, {}};
  for (const Case& ones : cases) {
    with_ones.cases.push_back(&ones);
    with_ones.expected.push_back(c.exercise.solution(ones));
  }
  const std::string left_out = names + " is left out: what arrives from above is not used";
  if (right(with_ones)) return left_out;
  if (const auto mistake = known_mistake(with_ones)) return left_out + "; besides, " + *mistake;
  return {};
}

// Of a chain, up to which line it holds, and how well: the largest difference from the solution's last line, in units
// of the largest dx of the case.
std::string what_holds(Comparison c, std::size_t lines) {
  if (!c.exercise.is_chain || lines == 0) return "";
  double worst = 0;
  for (c.output = 0; c.output < lines; ++c.output) {
    for (std::size_t i = 0; i < c.cases.size(); ++i)
      worst = std::max(worst, largest_difference(c.mine(i), c.expected[i].back()));
  }
  std::ostringstream size;
  size << std::setprecision(1) << worst;
  return (lines == 1 ? "line 1 holds to " : text("lines 1 to ", lines, " hold to ")) + size.str();
}

// What is wrong with one output; empty if nothing.
std::string diagnose(const Comparison& c) {
  if (right(c)) return "";
  if (const auto found = known_mistake(c)) return *found;
  if (const auto found = ignores_what_arrives(c)) return *found;
  if (const auto found = proportional(c)) return *found;
  return first_difference(c);
}

}  // namespace

Verdict grade(const Exercise& exercise, const Backward& answer) {
  Comparison comparison{exercise, 0, {}, {}, {}};
  std::string error;
  for (const Case& numbers : exercise.cases) {
    const Attempt tried = attempt_apart(answer, numbers);
    if (!tried.error.empty()) {
      if (error.empty()) error = tried.error;
      continue;
    }
    comparison.cases.push_back(&numbers);
    comparison.got.push_back(tried.results);
    comparison.expected.push_back(exercise.solution(numbers));
  }
  if (!comparison.got.empty() && std::ranges::all_of(comparison.got[0], is_blank) && error.empty()) {
    return {Mark::not_done, "not done yet", ""};
  }
  // An answer that fails for most shapes may still tell by the others what is wrong with it.
  for (; !comparison.cases.empty() && comparison.output < exercise.outputs.size(); ++comparison.output) {
    const std::string& name = exercise.outputs[comparison.output].name;
    if (is_blank(comparison.mine(0))) {
      if (error.empty()) {
        return {Mark::not_done, name + " is not done yet", what_holds(comparison, comparison.output)};
      }
      break;
    }
    const std::string diagnosis = diagnose(comparison);
    if (diagnosis.empty()) continue;
    return {Mark::wrong, name + ": " + diagnosis + (error.empty() ? "" : "; in other shapes it " + error),
            what_holds(comparison, comparison.output)};
  }
  if (!error.empty()) return {Mark::wrong, error, ""};
  return {Mark::right, "", what_holds(comparison, exercise.outputs.size())};
}

}  // namespace gradus::exercises
