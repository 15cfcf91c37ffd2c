#include <gradus/core/io/json.h>
#include <gradus/examples/command_line/format.h>
#include <gradus/examples/gradcheck_microscope/report.h>
#include <gradus/examples/pages/page.h>
#include <gradus/examples/pages/svg.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iomanip>
#include <ostream>
#include <sstream>

namespace gradus_examples {
PageFiles microscope_files();
}

namespace microscope {
namespace {

using namespace gradus::examples;

constexpr double kLeast = 1e-17;  // an error of 0 has no place on a logarithmic axis

double shown(double error) { return std::max(error, kLeast); }

// The error as a place in a row of characters: 1e-16 at the left, 1 at the right.
constexpr int kRow = 33;
std::size_t place(double error) {
  const double position = (std::log10(shown(error)) + 16) * 2;
  return static_cast<std::size_t>(std::clamp(std::lround(position), 0L, static_cast<long>(kRow - 1)));
}

std::vector<Point> points(const Analysis& a, const std::vector<double>& errors) {
  std::vector<Point> list;
  for (std::size_t i = 0; i < errors.size(); ++i) list.push_back({a.steps[i], shown(errors[i])});
  return list;
}

// The exponent of a power law is its slope where both axes are logarithmic.
std::string slope(const PowerLaw& law) {
  return "slope " + std::string(law.exponent < 0 ? "−" : "") + format_fixed(std::abs(law.exponent), 2);
}

Polyline guide(const std::string& name, const PowerLaw& law, Interval steps, int color) {
  const auto at = [&](double h) { return Point{h, law.factor * std::pow(h, law.exponent)}; };
  return {.name = name, .points = {at(steps.low), at(steps.high)}, .color = color, .dashed = true};
}

JsonText json(double number) { return {number, 9}; }
JsonText json(const std::optional<PowerLaw>& law) {
  if (!law) return nullptr;
  return {{"exponent", json(law->exponent)}, {"factor", json(law->factor)}};
}
template <class T>
JsonText json(const std::vector<T>& list) {
  return json_list(list, [](const T& item) { return json(item); });
}

}  // namespace

void print(std::ostream& out, const Analysis& a) {
  const Precision &single = a.in_float, &twice = a.in_double;
  out << a.title << ": " << twice.measured.formula << '\n'
      << twice.measured.elements.size() << " gradients by backpropagation against (L(x + h) − L(x − h)) / 2h\n\n"
      << "   step h      float     double   1e-16   1e-12   1e-8    1e-4    1\n";
  for (std::size_t i = 0; i < a.steps.size(); ++i) {
    const bool best = !a.wrong && (i == single.best || i == twice.best);
    if (i % 4 != 0 && !best) continue;
    std::string row(kRow, ' ');
    row[place(single.error[i])] = 'f';
    char& in_double = row[place(twice.error[i])];
    in_double = in_double == 'f' ? '*' : 'd';
    out << std::setw(9) << scientific(a.steps[i]) << std::setw(11) << scientific(single.error[i]) << std::setw(11)
        << scientific(twice.error[i]) << "   " << row << (best && i == single.best ? "  best in float" : "")
        << (best && i == twice.best ? "  best in double" : "") << '\n';
  }
  for (const std::string& remark : a.remarks) {
    out << '\n';
    for (const std::string& line : wrap(remark, 100)) out << line << '\n';
  }
}

std::string to_svg(const Analysis& a) {
  const Precision& twice = a.in_double;
  Panel panel{.x_label = "step h",
              .y_label = "error, of the largest gradient",
              .y_range = Interval{std::min(shown(std::min(twice.best_error, a.in_float.best_error)) / 10, 1e-12), 10},
              .logarithmic_x = true,
              .logarithmic_y = true};
  int color = 0;
  for (const Precision* each : {&a.in_float, &a.in_double}) {
    const Precision& p = *each;
    panel.lines.push_back({.name = p.name, .points = points(a, p.error), .color = color});
    if (p.rounding && !a.wrong)
      panel.lines.push_back(
          guide(slope(*p.rounding) + ", rounding in " + p.name, *p.rounding, {a.steps.back(), a.steps[p.best]}, color));
    if (a.wrong) {
      ++color;
      continue;
    }
    const Point best{a.steps[p.best], shown(p.best_error)};
    panel.scatters.push_back({.name = "best step in " + p.name, .points = {best}, .color = color++, .radius = 5});
  }
  if (twice.truncation && !a.wrong) {
    panel.lines.push_back(
        guide(slope(*twice.truncation) + ", truncation", *twice.truncation, {a.steps[twice.best], a.steps.front()}, 2));
  }
  if (!twice.kink_error.empty()) {
    panel.lines.push_back({.name = "beside a kink, in double", .points = points(a, twice.kink_error), .color = 3});
    panel.lines.push_back({.name = "distance to the kink",
                           .points = {{twice.measured.kink_distance, kLeast}, {twice.measured.kink_distance, 10}},
                           .color = 3,
                           .dashed = true});
  }
  return gradus::examples::to_svg({.title = "Central differences under the microscope: " + a.title,
                                   .subtitle = twice.measured.formula,
                                   .panels = {panel},
                                   .panel_width = 760,
                                   .panel_height = 480});
}

std::string to_html(const Analysis& a) {
  const Measurement& m = a.in_double.measured;
  const JsonText precisions = json_list(std::array{a.in_float, a.in_double}, [](const Precision& p) {
    return JsonText{{"name", p.name},
                    {"error", json(p.error)},
                    {"worst", p.worst},
                    {"kinkError", json(p.kink_error)},
                    {"best", p.best},
                    {"rounding", json(p.rounding)},
                    {"truncation", json(p.truncation)}};
  });
  const JsonText run = {{"title", a.title},
                        {"formula", m.formula},
                        {"steps", json(a.steps)},
                        {"elements", m.elements},
                        {"truth", json(m.backward)},
                        {"wrong", a.wrong},
                        {"besideKink", m.beside_kink},
                        {"kinkDistance", json(m.kink_distance)},
                        {"precisions", precisions},
                        {"numeric", json(std::vector{a.in_float.measured.numeric, m.numeric})},
                        {"remarks", a.remarks}};
  return make_page("microscope.html", {{"run", run.str()}}, {microscope_files(), shared_page()});
}

}  // namespace microscope
