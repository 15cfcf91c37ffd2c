#include <gradus/examples/pages/svg.h>
#include <gradus/examples/pages/svg_panel.h>
#include <gradus/examples/pages/svg_text.h>

#include <algorithm>
#include <stdexcept>

namespace gradus_examples {

std::string to_svg(const Chart& chart) {
  if (chart.panels.empty()) throw std::invalid_argument("to_svg: a chart needs at least one panel");
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
