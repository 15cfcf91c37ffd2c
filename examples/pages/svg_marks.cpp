#include <gradus/examples/pages/svg_marks.h>
#include <gradus/examples/pages/svg_text.h>

#include <cmath>

namespace gradus_examples {

namespace {

std::string line_style(const Polyline& line) {
  return svg_attribute("stroke", palette_color(line.color)) +
         (line.dashed ? svg_attribute("stroke-dasharray", "6 4") : "") +
         " fill=\"none\" stroke-width=\"2\" stroke-linejoin=\"round\" stroke-linecap=\"round\"";
}

std::string band_style(const Band& band) {
  return svg_attribute("fill", palette_color(band.color)) + " fill-opacity=\"0.18\"";
}

std::string dot_style(const Scatter& scatter) {
  return svg_attribute("fill", palette_color(scatter.color)) + " stroke=\"#ffffff\" stroke-width=\"0.8\"";
}

// Neighbours of one colour in a row are one rectangle, which keeps the file small.
std::string draw_cells(const Cells& cells, const Plot& plot) {
  std::string svg = "<g shape-rendering=\"crispEdges\">\n";
  const auto at = [](const Interval& range, std::int64_t index, std::int64_t count) {
    return range.low + (range.high - range.low) * static_cast<double>(index) / static_cast<double>(count);
  };
  for (std::int64_t row = 0; row < cells.rows; ++row) {
    const double bottom = plot.y(at(cells.y_range, row, cells.rows));
    const double top = plot.y(at(cells.y_range, row + 1, cells.rows));
    const int* colors = cells.colors.data() + row * cells.columns;
    for (std::int64_t begin = 0, end = 0; begin < cells.columns; begin = end) {
      while (end < cells.columns && colors[end] == colors[begin]) ++end;
      const double left = plot.x(at(cells.x_range, begin, cells.columns));
      const double right = plot.x(at(cells.x_range, end, cells.columns));
      svg += "<rect" + svg_attribute("x", left) + svg_attribute("y", top) + svg_attribute("width", right - left) +
             svg_attribute("height", bottom - top) + svg_attribute("fill", pale_color(colors[begin])) + "/>\n";
    }
  }
  return svg + "</g>\n";
}

// "M1 2L3 4": a new M wherever points that cannot be drawn left a gap.
std::string path(const std::vector<Point>& points, const Plot& plot) {
  std::string data;
  bool drawing = false;
  for (const Point& point : points) {
    const double x = plot.x(point.x);
    const double y = plot.y(point.y);
    const bool drawable = std::isfinite(x) && std::isfinite(y);
    if (drawable) {
      data += drawing ? 'L' : 'M';
      data += svg_number(x) + " " + svg_number(y);
    }
    drawing = drawable;
  }
  return data;
}

// There along the low curve, back along the high one; a gap ends an area and begins another.
std::string band_path(const Band& band, const Plot& plot) {
  std::string data;
  std::vector<Point> there;
  std::vector<Point> back;
  const auto finish = [&] {
    if (there.size() > 1) {
      there.insert(there.end(), back.rbegin(), back.rend());
      data += path(there, plot) + "Z";
    }
    there.clear();
    back.clear();
  };
  for (std::size_t i = 0; i < band.x.size(); ++i) {
    if (std::isfinite(plot.x(band.x[i])) && std::isfinite(plot.y(band.low[i])) && std::isfinite(plot.y(band.high[i]))) {
      there.push_back({band.x[i], band.low[i]});
      back.push_back({band.x[i], band.high[i]});
    } else {
      finish();
    }
  }
  finish();
  return data;
}

}  // namespace

std::string draw_marks(const Panel& panel, const Plot& plot) {
  std::string svg;
  if (panel.cells) svg += draw_cells(*panel.cells, plot);
  for (const Band& band : panel.bands) {
    svg += "<path" + svg_attribute("d", band_path(band, plot)) + band_style(band) + "/>\n";
  }
  for (const Polyline& line : panel.lines) {
    svg += "<path" + svg_attribute("d", path(line.points, plot)) + line_style(line) + "/>\n";
  }
  for (const Scatter& scatter : panel.scatters) {
    svg += "<g" + dot_style(scatter) + ">\n";
    for (const Point& point : scatter.points) {
      const double x = plot.x(point.x);
      const double y = plot.y(point.y);
      if (!std::isfinite(x) || !std::isfinite(y)) continue;
      svg += "<circle" + svg_attribute("cx", x) + svg_attribute("cy", y) + svg_attribute("r", scatter.radius) + "/>\n";
    }
    svg += "</g>\n";
  }
  return svg;
}

std::vector<Entry> legend_entries(const Panel& panel) {
  std::vector<Entry> entries;
  for (const Polyline& line : panel.lines) {
    entries.push_back({"<path d=\"M0 0H" + svg_number(kSwatch - 4) + "\"" + line_style(line) + "/>", line.name});
  }
  for (const Band& band : panel.bands) {
    entries.push_back(
        {"<rect y=\"-6\"" + svg_attribute("width", kSwatch - 4) + " height=\"12\"" + band_style(band) + "/>",
         band.name});
  }
  for (const Scatter& scatter : panel.scatters) {
    entries.push_back({"<circle cx=\"9\" r=\"5\"" + dot_style(scatter) + "/>", scatter.name});
  }
  std::erase_if(entries, [](const Entry& entry) { return entry.name.empty(); });
  return entries;
}

}  // namespace gradus_examples
