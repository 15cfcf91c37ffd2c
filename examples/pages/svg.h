// Charts as SVG text: scatter plots with decision regions, and line charts with percentile bands, one panel or several.
//
//   Chart chart{.title = "Spirals", .panels = {Panel{.x_label = "x", .y_label = "y"}}};
//   chart.panels[0].scatters.push_back({.name = "class 0", .points = points, .color = 0});
//   write_file("spirals.svg", to_svg(chart));
//
// Colours are numbers into a palette that colour-blind people can tell apart (Okabe and Ito, 2008; see
// https://jfly.uni-koeln.de/color/), used again from the start where it ends. Everything stands on white.
#pragma once

#include <gradus/examples/base.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gradus_examples {

struct Point {
  double x = 0;
  double y = 0;
};

struct Interval {
  double low = 0;
  double high = 1;
};

// In all four, an empty name means: not in the legend. Points that are not finite leave a gap.
struct Polyline {
  std::string name = {};
  std::vector<Point> points = {};
  int color = 0;
  bool dashed = false;
};

// The area between two curves, for instance two percentiles. The three lists are of the same length.
struct Band {
  std::string name = {};
  std::vector<double> x = {};
  std::vector<double> low = {};
  std::vector<double> high = {};
  int color = 0;
};

struct Scatter {
  std::string name = {};
  std::vector<Point> points = {};
  int color = 0;
  double radius = 3;  // pixels
};

// A grid that fills x_range by y_range with pale colours: colors is [rows, columns], its first row at y_range.low.
struct Cells {
  Interval x_range = {};
  Interval y_range = {};
  std::int64_t columns = 0;
  std::int64_t rows = 0;
  std::vector<int> colors = {};
};

struct Panel {
  std::string title = {};
  std::string x_label = {};
  std::string y_label = {};
  std::optional<Interval> x_range = {};  // absent: what the data covers
  std::optional<Interval> y_range = {};  // absent: what the data covers and a little more
  bool logarithmic_x = false;            // values that are not positive leave a gap
  bool logarithmic_y = false;
  bool equal_units = false;         // one unit is as long on the x axis as on the y axis
  std::optional<Cells> cells = {};  // drawn first, then bands, lines and scatters
  std::vector<Band> bands = {};
  std::vector<Polyline> lines = {};
  std::vector<Scatter> scatters = {};
};

struct Chart {
  std::string title = {};     // also what a screen reader says
  std::string subtitle = {};  // a sentence below it; may be empty
  std::vector<Panel> panels = {};
  std::int64_t columns = 2;  // panels beside each other
  double panel_width = 560;  // pixels, with axes and labels
  double panel_height = 400;
};

// A complete SVG document. Throws std::invalid_argument for a chart without panels and for bands and cells whose lists
// have the wrong length. Pure: the same chart is the same text. It holds no ids, so that several may share a page.
std::string to_svg(const Chart& chart);

}  // namespace gradus_examples
