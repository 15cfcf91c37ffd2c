#include <gradus/core/error.h>
#include <gradus/examples/pages/svg.h>
#include <gradus/examples/pages/svg_axis.h>
#include <gradus/examples/pages/svg_marks.h>
#include <gradus/examples/pages/svg_text.h>

#include <algorithm>
#include <utility>

namespace gradus_examples {
namespace {

constexpr double kFontSize = 12;
constexpr double kTitleHeight = 26;
constexpr double kLegendRow = 20;
constexpr double kLeft = 66;    // for the tick labels and the label of the y axis
constexpr double kRight = 22;   // for half of the last tick label of the x axis
constexpr double kBottom = 48;  // for the tick labels and the label of the x axis

void check(const Panel& panel) {
  for (const Band& band : panel.bands) {
    if (band.low.size() == band.x.size() && band.high.size() == band.x.size()) continue;
    fail("to_svg", "band \"", band.name, "\" has ", band.x.size(), " x, ", band.low.size(), " low and ",
         band.high.size(), " high values");
  }
  if (!panel.cells) return;
  const auto& [x_range, y_range, columns, rows, colors] = *panel.cells;
  if (rows < 0 || columns < 0 || rows * columns != static_cast<std::int64_t>(colors.size())) {
    fail("to_svg", rows, " x ", columns, " cells have ", colors.size(), " colors");
  }
}

// The axes' intervals: what the caller says, else what the data covers.
std::pair<Axis, Axis> axes(const Panel& panel) {
  std::vector<double> x, y;
  const auto include = [&](const std::vector<Point>& points) {
    for (const Point& point : points) {
      x.push_back(point.x);
      y.push_back(point.y);
    }
  };
  for (const Polyline& line : panel.lines) include(line.points);
  for (const Scatter& scatter : panel.scatters) include(scatter.points);
  for (const Band& band : panel.bands) {
    x.insert(x.end(), band.x.begin(), band.x.end());
    y.insert(y.end(), band.low.begin(), band.low.end());
    y.insert(y.end(), band.high.begin(), band.high.end());
  }
  Interval x_interval = extent(x, panel.logarithmic_x);
  Interval y_interval = padded(extent(y, panel.logarithmic_y), panel.logarithmic_y);
  // Curves begin at the frame; points do not lie on it.
  if (!panel.scatters.empty()) x_interval = padded(x_interval, panel.logarithmic_x);
  if (panel.cells) {
    x_interval = panel.cells->x_range;
    y_interval = panel.cells->y_range;
  }
  return {Axis(panel.x_range.value_or(x_interval), panel.logarithmic_x),
          Axis(panel.y_range.value_or(y_interval), panel.logarithmic_y)};
}

// Places the entries in rows of the given width, from (x, y) on; `rows` returns how many there are.
std::string draw_legend(const std::vector<Entry>& entries, const Box& area, int& rows) {
  std::string svg;
  double x = 0;
  rows = entries.empty() ? 0 : 1;
  for (const Entry& entry : entries) {
    const double width = kSwatch + svg_text_width(entry.name, kFontSize) + 18;
    if (x > 0 && x + width > area.width) {
      x = 0;
      rows += 1;
    }
    const double y = area.y + (rows - 0.5) * kLegendRow;
    svg += "<g transform=\"translate(" + svg_number(area.x + x) + " " + svg_number(y) + ")\">" + entry.sample +
           svg_text(kSwatch, 0, entry.name, " dominant-baseline=\"central\"") + "</g>\n";
    x += width;
  }
  return svg;
}

// Grid lines, tick labels, frame and axis labels, in the plot area's coordinates.
std::string draw_axes(const Panel& panel, const Plot& plot) {
  const double width = plot.box.width;
  const double height = plot.box.height;
  std::string grid = "<g stroke=\"#e4e7eb\" stroke-width=\"1\">\n";
  std::string labels = "<g fill=\"#4a5560\">\n";
  const int most_x = std::max(2, static_cast<int>(width / 70));
  // A low panel has room for five, and needs them: steps are 1, 2 or 5, so that fewer may leave one in view.
  const int most_y = panel.equal_units
                         ? most_x
                         : std::max({2, static_cast<int>(height / 40), std::min(5, static_cast<int>(height / 24))});
  for (const Tick& tick : plot.x_axis.ticks(most_x)) {
    const double x = plot.x(tick.value);
    grid += "<path d=\"M" + svg_number(x) + " 0V" + svg_number(height) + "\"/>\n";
    labels += svg_text(x, height + 18, tick.label, " text-anchor=\"middle\"");
  }
  for (const Tick& tick : plot.y_axis.ticks(most_y)) {
    const double y = plot.y(tick.value);
    grid += "<path d=\"M0 " + svg_number(y) + "H" + svg_number(width) + "\"/>\n";
    labels += svg_text(-8, y, tick.label, " text-anchor=\"end\" dominant-baseline=\"central\"");
  }
  labels += "</g>\n";
  if (!panel.x_label.empty()) labels += svg_text(width / 2, height + 38, panel.x_label, " text-anchor=\"middle\"");
  if (!panel.y_label.empty()) {
    labels +=
        svg_text(0, 0, panel.y_label,
                 " text-anchor=\"middle\" transform=\"translate(-54 " + svg_number(height / 2) + ") rotate(-90)\"");
  }
  return grid + "</g>\n" + labels;
}

// One panel into a box of the document: title, legend, frame, axes, and its data in between.
std::string svg_panel(const Panel& panel, const Box& box) {
  check(panel);
  std::string svg;
  Box area{box.x + kLeft, box.y, box.width - kLeft - kRight, box.height - kBottom};
  const auto take_top = [&](double height) {
    area.y += height;
    area.height -= height;
  };
  if (!panel.title.empty()) {
    svg += svg_text(area.x, area.y + 16, panel.title, " font-size=\"14\" font-weight=\"600\"");
    take_top(kTitleHeight);
  }
  int rows = 0;
  svg += draw_legend(legend_entries(panel), area, rows);
  take_top(rows * kLegendRow + 8);
  area.width = std::max(area.width, 10.0);
  area.height = std::max(area.height, 10.0);

  auto [x_axis, y_axis] = axes(panel);
  if (panel.equal_units) {
    const double x_span = x_axis.interval().high - x_axis.interval().low;
    const double y_span = y_axis.interval().high - y_axis.interval().low;
    const double pixels = std::min(area.width / x_span, area.height / y_span);  // of one unit
    area.width = x_span * pixels;
    area.height = y_span * pixels;
  }
  const Plot plot{x_axis, y_axis, area};
  const std::string size = svg_attribute("width", area.width) + svg_attribute("height", area.height);
  svg += "<g transform=\"translate(" + svg_number(area.x) + " " + svg_number(area.y) + ")\">\n";
  svg += draw_axes(panel, plot);
  // An inner <svg> clips what is drawn in it, and needs no id as a clip path would.
  svg += "<svg" + size + " overflow=\"hidden\">\n" + draw_marks(panel, plot) + "</svg>\n";
  svg += "<rect" + size + " fill=\"none\" stroke=\"#8a949e\"/>\n</g>\n";
  return svg;
}

}  // namespace

std::string to_svg(const Chart& chart) {
  if (chart.panels.empty()) fail("to_svg", "a chart needs at least one panel");
  constexpr double kMargin = 20;
  constexpr double kGap = 16;  // between panels
  const auto count = static_cast<std::int64_t>(chart.panels.size());
  const std::int64_t columns = std::clamp<std::int64_t>(chart.columns, 1, count);
  const std::int64_t rows = (count + columns - 1) / columns;
  const double top = kMargin + (chart.title.empty() ? 0 : 28) + (chart.subtitle.empty() ? 0 : 22) + 8;
  const double width = 2 * kMargin + static_cast<double>(columns) * (chart.panel_width + kGap) - kGap;
  const double height = top + static_cast<double>(rows) * (chart.panel_height + kGap) - kGap + kMargin;

  std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\"" + svg_attribute("width", width) +
                    svg_attribute("height", height) +
                    svg_attribute("viewBox", "0 0 " + svg_number(width) + " " + svg_number(height)) +
                    svg_attribute("aria-label", chart.title) +
                    " font-family=\"system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif\""
                    " font-size=\"12\" fill=\"#1f2933\">\n";
  svg += "<title>" + svg_escape(chart.title) + "</title>\n";
  if (!chart.subtitle.empty()) svg += "<desc>" + svg_escape(chart.subtitle) + "</desc>\n";
  svg += "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n";
  if (!chart.title.empty()) {
    svg += svg_text(kMargin, kMargin + 18, chart.title, " font-size=\"20\" font-weight=\"600\"");
  }
  if (!chart.subtitle.empty()) {
    const double y = kMargin + (chart.title.empty() ? 14 : 42);
    svg += svg_text(kMargin, y, chart.subtitle, " font-size=\"13\" fill=\"#4a5560\"");
  }
  for (std::int64_t i = 0; i < count; ++i) {
    const double x = kMargin + static_cast<double>(i % columns) * (chart.panel_width + kGap);
    const double y = top + static_cast<double>(i / columns) * (chart.panel_height + kGap);
    svg += svg_panel(chart.panels[static_cast<std::size_t>(i)], {x, y, chart.panel_width, chart.panel_height});
  }
  return svg + "</svg>\n";
}

}  // namespace gradus_examples
