// The library's optimizers on functions of two numbers, in double.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace optimizer_paths {

// A function of x and y whose least value is 0.
struct Surface {
  std::string name;
  std::array<double, 2> start;
  double noise;  // the deviation of what is added to each slope
};

// Those that the optimizer has; the others are 0.
struct Settings {
  double rate;
  double momentum = 0;  // how much of the velocity, or of the mean, stays at each step
  double squares = 0;   // and how much of the mean square
  double decay = 0;     // of the weights
};

struct Method {
  std::string name;
  Settings settings;  // to begin with
};

const std::vector<Surface>& surfaces();
const std::vector<Method>& methods();

struct Path {
  std::vector<std::array<double, 2>> points;  // before the first step, after the first, ...
  std::vector<double> loss;                   // there, without noise
};

// `noise`: standard normal numbers, two for each step. With one_cycle, the rate is the highest of a cycle over so many
// steps; 0: constant.
Path follow(const Surface& surface, const Method& method, int steps, std::span<const double> noise, int one_cycle);

std::vector<double> normal_numbers(int count, std::uint64_t seed = 1);

}  // namespace optimizer_paths
