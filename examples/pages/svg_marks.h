// What a panel shows of its data: cells, bands, lines and dots, and the samples of them in the legend.
#pragma once

#include <gradus/examples/pages/svg.h>
#include <gradus/examples/pages/svg_axis.h>

#include <string>
#include <vector>

namespace gradus_examples {

struct Box {
  double x = 0;  // pixels, left
  double y = 0;  // pixels, top
  double width = 0;
  double height = 0;
};

// Values to pixels of the plot area, whose own origin is its top left corner.
struct Plot {
  Axis x_axis;
  Axis y_axis;
  Box box;

  double x(double value) const { return x_axis.position(value) * box.width; }
  double y(double value) const { return (1 - y_axis.position(value)) * box.height; }
};

// A legend's entry: a sample kSwatch wide, drawn around the line y = 0, and its name.
struct Entry {
  std::string sample;
  std::string name;
};

inline constexpr double kSwatch = 24;

// All data of the panel, in the plot area's coordinates.
std::string draw_marks(const Panel& panel, const Plot& plot);

// One entry for each name that is not empty.
std::vector<Entry> legend_entries(const Panel& panel);

}  // namespace gradus_examples
