#include <gradus/core/error.h>
#include <gradus/examples/exercises/grader/anywhere.h>
#include <gradus/examples/exercises/grader/compare.h>

#include <algorithm>
#include <cmath>

namespace gradus::exercises {
namespace {

template <class Condition>
bool in_every_case(const Comparison& c, Condition condition) {
  for (std::size_t i = 0; i < c.cases.size(); ++i) {
    if (!condition(i)) return false;
  }
  return true;
}

// "transposed" and the like: the right numbers, but not where they belong.
std::optional<std::string> misplaced(const Comparison& c) {
  const auto transposed = [&](std::size_t i) {
    return c.mine(i).rank() == 2 && c.right(i).rank() == 2 && same(transpose(c.mine(i)), c.right(i));
  };
  if (in_every_case(c, transposed)) return "transposed";
  const auto reshaped = [&](std::size_t i) {
    return c.mine(i).shape() != c.right(i).shape() && c.mine(i).count() == c.right(i).count() &&
           same(c.mine(i).reshape(c.right(i).shape()), c.right(i));
  };
  if (in_every_case(c, reshaped)) {
    return text("right numbers in the wrong shape: ", c.mine(0).shape(), ", expected ", c.right(0).shape());
  }
  for (std::size_t other = 0; other < c.exercise.outputs.size(); ++other) {
    const auto swapped = [&](std::size_t i) {
      return !same(c.expected[i][other], c.right(i)) && same(c.mine(i), c.expected[i][other]);
    };
    if (other != c.output && in_every_case(c, swapped)) {
      return text("this is what ", c.exercise.outputs[other].name, " should be");
    }
  }
  return {};
}

// Whether one tensor may be summed to the other's shape: aligned at the last axis, sizes equal or 1.
bool spreads_to(const Shape& small, const Shape& large) {
  if (small == large || small.rank() > large.rank()) return false;
  for (int axis = -1; axis >= -small.rank(); --axis) {
    if (small[axis] != large[axis] && small[axis] != 1) return false;
  }
  return true;
}

std::optional<std::string> not_reduced_or_not_spread(const Comparison& c) {
  const auto not_summed = [&](std::size_t i) {
    const Tensor &mine = c.mine(i), &right = c.right(i);
    return spreads_to(right.shape(), mine.shape()) && same(sum_to(mine, right.shape()), right);
  };
  const std::string shapes = text("has the shape ", c.mine(0).shape(), ", expected ", c.right(0).shape());
  if (in_every_case(c, not_summed)) return shapes + ": not summed";
  const auto not_spread = [&](std::size_t i) {
    const Tensor &mine = c.mine(i), &right = c.right(i);
    return spreads_to(mine.shape(), right.shape()) && same(broadcast_to(mine, right.shape()), right);
  };
  if (in_every_case(c, not_spread)) return shapes + ": not broadcast back";
  return {};
}

// "4, the size of axis 0 of x [4, 3]" if the factors are a size or a count of the same operand in every case.
std::optional<std::string> name_of(const Comparison& c, const std::vector<double>& factors) {
  const auto matches = [&](auto size_of) {
    return in_every_case(c, [&](std::size_t i) { return std::abs(factors[i] / size_of(i) - 1) < 1e-6; });
  };
  for (std::size_t operand = 0; operand < c.exercise.operands.size(); ++operand) {
    const auto tensor = [&](std::size_t i) -> const Tensor& { return c.cases[i]->operands[operand]; };
    const std::string whose = text(c.exercise.operands[operand], ' ', tensor(0).shape());
    for (int axis = 0; axis < tensor(0).rank(); ++axis) {
      if (matches([&](std::size_t i) { return static_cast<double>(tensor(i).size(axis)); })) {
        return text(tensor(0).size(axis), ", the size of axis ", axis, " of ", whose);
      }
    }
    if (tensor(0).rank() > 1 && matches([&](std::size_t i) { return static_cast<double>(tensor(i).count()); })) {
      return text(tensor(0).count(), ", the number of elements of ", whose);
    }
  }
  return {};
}

// By what the answer is larger than it should be, in each case; empty unless that is one number for all its elements.
std::vector<double> ratios(const Comparison& c) {
  std::vector<double> result;
  for (std::size_t i = 0; i < c.cases.size(); ++i) {
    const std::optional<double> k = ratio(c.mine(i), c.right(i));
    if (!k) return {};
    result.push_back(*k);
  }
  return result;
}

std::optional<std::string> sign_or_factor(const Comparison& c) {
  std::vector<double> larger = ratios(c), smaller;
  if (larger.empty()) return {};
  for (std::size_t k = 0; k < c.exercise.operands.size(); ++k) {
    const auto is_operand = [&](std::size_t i) {
      const Tensor& operand = c.cases[i]->operands[k];
      return operand.rank() == 0 && std::abs(larger[i] / operand.item() - 1) < 1e-6;
    };
    if (in_every_case(c, is_operand)) return text("off by a factor of ", c.exercise.operands[k], ": it is there twice");
  }
  const bool negative = larger[0] < 0;
  for (double& k : larger) {
    if ((k < 0) != negative) return {};
    k = std::abs(k);
    smaller.push_back(1 / k);
  }
  const std::string sign = negative ? "the sign is wrong" : "";
  const bool constant = in_every_case(c, [&](std::size_t i) { return std::abs(larger[i] / larger[0] - 1) < 1e-6; });
  if (constant && std::abs(larger[0] - 1) < 1e-6) return sign;
  const std::string and_ = negative ? sign + ", and it is " : "";
  // A factor that is the same in all cases has nothing to do with their sizes.
  if (constant && larger.size() > 1) {
    return larger[0] > 1 ? text(and_, "too large: off by a factor of ", larger[0])
                         : text(and_, "too small: off by a factor of ", smaller[0]);
  }
  if (const auto name = name_of(c, larger)) return text(and_, "too large: off by a factor of ", *name);
  if (const auto name = name_of(c, smaller)) return text(and_, "too small: off by a factor of ", *name);
  return {};
}

}  // namespace

std::optional<std::string> mistake_made_anywhere(const Comparison& c) {
  if (const auto found = misplaced(c)) return found;
  if (const auto found = not_reduced_or_not_spread(c)) return found;
  if (const auto found = sign_or_factor(c)) return found;
  const auto zero = [&](std::size_t i) {
    const auto is_zero = [](Scalar x) { return x == 0; };
    return c.mine(i).shape() == c.right(i).shape() && std::ranges::all_of(c.mine(i).values(), is_zero);
  };
  if (in_every_case(c, zero)) return "zero everywhere";
  return {};
}

std::optional<std::string> proportional(const Comparison& c) {
  const std::vector<double> factors = ratios(c);
  if (factors.empty()) return {};
  return text("proportional to what it should be, but off by a factor (", factors[0],
              factors.size() > 1 ? text(" in one case, ", factors[1], " in another") : "", ")");
}

}  // namespace gradus::exercises
