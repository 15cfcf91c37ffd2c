// What the measurements say: errors by step size, the best step, the slopes on both sides of it, in words.
#pragma once

#include <gradus/examples/gradcheck_microscope/measurement.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace microscope {

// A straight line in a picture with two logarithmic axes: error = factor * step^exponent.
struct PowerLaw {
  double exponent = 0, factor = 0;
};

// One precision. Errors are relative to the largest gradient; those of elements beside a kink are kept apart.
struct Precision {
  std::string name;  // "float"
  Measurement measured;
  std::vector<double> error;       // of each step: that of the worst element
  std::vector<std::size_t> worst;  // which that is
  std::vector<double> kink_error;  // the worst of those beside a kink; empty if there are none
  std::size_t best = 0;            // the step with the least error
  double best_error = 0;
  double backward_error = 0;           // of backpropagation in this precision
  std::optional<PowerLaw> rounding;    // fitted to steps smaller than the best, where there is such a branch
  std::optional<PowerLaw> truncation;  // fitted to larger ones
};

struct Analysis {
  std::string title;
  std::vector<double> steps;              // descending
  Precision in_float, in_double;          // backpropagation in double is the truth
  bool wrong = false;                     // the two agree at no step, not even in double
  std::vector<std::string> remarks = {};  // sentences, for a terminal and for a page
};

// From 1e-1 down to 1e-12, eight a decade.
std::vector<double> step_sizes();

Analysis analyse(const std::string& title, const std::vector<double>& steps, const Measurement& in_float,
                 const Measurement& in_double);

std::vector<std::string> remarks(const Analysis& analysis);

// 3.2e-05 -> "3.2e-5"
std::string scientific(double number);

}  // namespace microscope
