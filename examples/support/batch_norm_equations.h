// The ten equations of layers/batch_norm.md, and the staged form they start from, each as a function of its own.
//
// All give dx, the gradient of the loss with respect to the inputs of one feature, and in exact arithmetic all are
// equal. Each is evaluated the way the page writes it, its nested sums as nested loops, so that formula and code can
// be held side by side: equations 1 to 4 take m³ steps, 5 to 10 take m². This is for comparing, with m up to a few
// hundred; the fast forms are in layers/batch_norm.cpp. Plain double, and nothing of the library.
#pragma once

#include <array>
#include <string_view>
#include <vector>

namespace gradus::examples {

// One feature (one column) of a batch of m samples. REQUIRES: x.size() == g.size() >= 1, variance + eps > 0.
struct Feature {
  std::vector<double> x;  // [m]
  std::vector<double> g;  // [m]  gradient of the loss with respect to y, handed down from above
  double gamma = 1.0;
  double eps = 1e-5;
};

// What the forward computes on its way to y (equations F1 to F3).
struct Statistics {
  double mu;
  double variance;  // over m, not m - 1
  double s;         // (variance + eps)^(-1/2)
};

struct Equation {
  int number;                     // 1 to 10 as on the page; 0 for the staged form
  std::string_view formula;       // "dx_i = ..." in UTF-8; the long ones have a line for each of their terms
  std::string_view what_changed;  // the step from the equation before
  std::vector<double> (*dx)(const Feature& feature);
};

// Equations S1 to S4: the backward as the paper states it, each intermediate gradient under a name.
const Equation& staged_form();

// Equations 1 to 10, in order.
const std::array<Equation, 10>& equations();

Statistics statistics(const Feature& feature);
std::vector<double> normalized(const Feature& feature);  // x̂, [m] (equation F3)

// sum of g_i y_i: a loss whose gradient with respect to y is g. It leaves beta out, since no dx depends on it.
double loss(const Feature& feature);

// The slope of that loss in each x_i, from the forward alone: evaluated at x_i - h and x_i + h, with h = 1e-5 / s.
std::vector<double> central_differences(const Feature& feature);

}  // namespace gradus::examples
