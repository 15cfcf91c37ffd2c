// The equations of layers/batch_norm.md for dx, the gradient of the loss with respect to the inputs of one feature,
// each as a function of its own.
//
// In exact arithmetic all are equal (but 13, which is wrong). Each is evaluated the way the page writes it, its nested
// sums as nested loops, so that formula and code can be held side by side: equations 1 to 4 take m³ steps, the others
// m². This is for comparing, with m up to a few hundred. Plain double, and nothing of the library.
#pragma once

#include <array>
#include <string_view>
#include <vector>

namespace batchnorm_derivation {

// One feature (one column) of a batch of m samples. REQUIRES: x.size() == g.size() >= 1, variance + eps > 0.
struct Feature {
  std::vector<double> x;  // [m]
  std::vector<double> g;  // [m]  gradient of the loss with respect to y, handed down from above
  double gamma = 1.0;
  double eps = 1e-5;
};

// What the forward computes on its way to y (equations F1 to F3).
struct Forward {
  explicit Forward(const Feature& feature);

  double m, mu = 0, variance = 0;  // over m, not m - 1
  double s;                        // (variance + eps)^(-1/2)
  std::vector<double> xhat;        // [m]
};

struct Equation {
  std::string_view number;        // "(10)" as on the page
  std::string_view formula;       // "dx_i = ..." in UTF-8; the long ones have a line for each of their terms
  std::string_view what_changed;  // the step from the equation before
  std::vector<double> (*dx)(const Feature& feature);
};

extern const Equation staged_form;                // S1 to S4: the backward as the paper states it
extern const std::array<Equation, 10> equations;  // 1 to 10, in order
extern const Equation renamed_index;              // 13, a mistake

// The slope of the loss sum of g_i y_i, whose gradient with respect to y is g, in each x_i: from the forward alone,
// evaluated at x_i - h and x_i + h with h = 1e-5 / s. Without beta, on which no dx depends.
std::vector<double> central_differences(const Feature& feature);

}  // namespace batchnorm_derivation
