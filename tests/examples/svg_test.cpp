#include "examples/run_program.h"

#include <gradus/examples/pages/svg.h>
#include <gradus/examples/pages/svg_axis.h>
#include <gradus/examples/pages/svg_text.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

namespace gradus::examples {
namespace {

using gradus::testing::Outcome, gradus::testing::run_program, gradus::testing::TemporaryFolder;
using ::testing::ContainsRegex, ::testing::Not;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::size_t occurrences(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

std::vector<std::string> labels(const std::vector<Tick>& ticks) {
  std::vector<std::string> labels;
  for (const Tick& tick : ticks) labels.push_back(tick.label);
  return labels;
}

using Labels = std::vector<std::string>;

TEST(Ticks, AreRoundNumbers) {
  EXPECT_EQ(labels(linear_ticks({0, 1}, 6)), (Labels{"0.0", "0.2", "0.4", "0.6", "0.8", "1.0"}));
  EXPECT_EQ(labels(linear_ticks({-1.1, 1.1}, 5)), (Labels{"−1.0", "−0.5", "0.0", "0.5", "1.0"}));
  EXPECT_EQ(labels(linear_ticks({0, 50000}, 6)), (Labels{"0", "10,000", "20,000", "30,000", "40,000", "50,000"}));
  EXPECT_EQ(labels(linear_ticks({0.955, 0.987}, 4)), (Labels{"0.96", "0.97", "0.98"}));
  EXPECT_EQ(labels(linear_ticks({3, 17}, 3)), (Labels{"5", "10", "15"}));
  EXPECT_EQ(labels(linear_ticks({0, 2e-9}, 2)), (Labels{"0", "2e-09"}));
  EXPECT_TRUE(linear_ticks({1, 1}, 5).empty());
}

TEST(Ticks, AreNeverMoreThanAsked) {
  for (int most = 1; most <= 12; ++most) {
    for (const Interval interval : {Interval{0, 1}, {-3, 8}, {0.1, 0.9}, {1e6, 3.7e6}, {-1e-7, 2e-7}, {99.9, 100.2}}) {
      const std::vector<Tick> ticks = linear_ticks(interval, most);
      EXPECT_LE(ticks.size(), static_cast<std::size_t>(most)) << interval.low << ".." << interval.high;
      for (const Tick& tick : ticks) {
        EXPECT_GE(tick.value, interval.low - 1e-12);
        EXPECT_LE(tick.value, interval.high * (1 + 1e-12));
      }
    }
  }
}

TEST(Ticks, OnALogarithmicAxis) {
  EXPECT_EQ(labels(logarithmic_ticks({0.0008, 2.5}, 8)), (Labels{"0.001", "0.01", "0.1", "1"}));
  EXPECT_EQ(labels(logarithmic_ticks({0.15, 3}, 8)), (Labels{"0.2", "0.5", "1", "2"}));
  EXPECT_EQ(labels(logarithmic_ticks({1e-9, 1e3}, 4)), (Labels{"1e-09", "1e-05", "0.1", "1,000"}));
  EXPECT_EQ(labels(logarithmic_ticks({0.31, 0.39}, 4)), (Labels{"0.32", "0.34", "0.36", "0.38"}));
}

TEST(Axis, PlacesValues) {
  const Axis linear({-1, 3}, false);
  EXPECT_DOUBLE_EQ(linear.position(-1), 0);
  EXPECT_DOUBLE_EQ(linear.position(0), 0.25);
  EXPECT_DOUBLE_EQ(linear.position(1e300), 11);  // far away, but a number that a viewer can draw
  EXPECT_TRUE(std::isnan(linear.position(kNan)));
  const Axis logarithmic({0.01, 100}, true);
  EXPECT_DOUBLE_EQ(logarithmic.position(1), 0.5);
  EXPECT_TRUE(std::isnan(logarithmic.position(0)));
}

TEST(Axis, ReplacesIntervalsThatCannotBeDrawn) {
  for (const Interval interval : {Interval{2, 2}, {0, 0}, {kNan, 1}, {-kInfinity, kInfinity}, {5, -5}}) {
    for (const bool logarithmic : {false, true}) {
      const Interval used = Axis(interval, logarithmic).interval();
      EXPECT_TRUE(std::isfinite(used.low) && std::isfinite(used.high));
      EXPECT_LT(used.low, used.high);
      EXPECT_TRUE(!logarithmic || used.low > 0);
    }
  }
}

Chart busy_chart() {
  Panel scatter{.title = "Regions", .x_label = "x", .y_label = "y", .equal_units = true};
  scatter.cells = Cells{.x_range = {-1, 1}, .y_range = {-1, 1}, .columns = 3, .rows = 2, .colors = {0, 0, 1, 2, 2, 2}};
  scatter.scatters.push_back({.name = "class <0> & \"co\"", .points = {{0, 0}, {0.5, kNan}, {0.5, 0.5}}, .color = 0});
  Panel curves{.title = "Curves", .x_label = "step", .y_label = "loss"};
  curves.bands.push_back({.name = "15th to 85th percentile", .x = {0, 1, 2}, .low = {0, 1, 2}, .high = {1, 2, 3}});
  curves.lines.push_back({.name = "median", .points = {{0, 0.5}, {1, 1.5}, {2, 2.5}}});
  curves.lines.push_back({.name = "", .points = {{0, 1}, {1, kInfinity}, {2, 1}}, .color = 1, .dashed = true});
  Panel logarithmic{.logarithmic_y = true, .lines = {{.name = "loss", .points = {{0, 1}, {1, 0}, {2, 0.01}}}}};
  return {
      .title = "A <busy> & \"full\" chart", .subtitle = "with a subtitle", .panels = {scatter, curves, logarithmic}};
}

Chart empty_chart() { return {.title = "Empty", .panels = {Panel{}, Panel{.logarithmic_y = true}}}; }

TEST(Svg, IsWellFormed) {
  if (run_program("xmllint --version").exit_code != 0) GTEST_SKIP() << "needs xmllint";
  const TemporaryFolder folder;
  std::ofstream(folder / "busy.svg") << to_svg(busy_chart());
  std::ofstream(folder / "empty.svg") << to_svg(empty_chart());
  const Outcome outcome = run_program("xmllint --noout " + folder.string() + "/*.svg");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
}

TEST(Svg, CellsOfOneColorInARowAreOneRectangle) {
  std::string cells = to_svg(busy_chart());
  cells.erase(0, cells.find("crispEdges"));
  cells.resize(cells.find("</g>"));
  int rectangles = 0;
  for (std::size_t at = cells.find("<rect"); at != std::string::npos; at = cells.find("<rect", at + 1)) ++rectangles;
  EXPECT_EQ(rectangles, 3) << cells;  // 0 0 1 / 2 2 2
}

TEST(Svg, IsAccessible) {
  const std::string svg = to_svg(busy_chart());
  EXPECT_EQ(svg.rfind("<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\"", 0), 0U);
  EXPECT_NE(svg.find("<title>A &lt;busy&gt; &amp; &quot;full&quot; chart</title>"), std::string::npos);
  EXPECT_NE(svg.find("<desc>with a subtitle</desc>"), std::string::npos);
  EXPECT_EQ(svg, to_svg(busy_chart()));
}

TEST(Svg, WritesNumbersOnly) {
  const std::string no_number = "[\"LMHV( ]-?(nan|inf)";  // where a coordinate stands
  EXPECT_THAT("<path d=\"M1 -nan\"/>", ContainsRegex(no_number));
  EXPECT_THAT(to_svg(busy_chart()), Not(ContainsRegex(no_number)));
  EXPECT_THAT(to_svg(empty_chart()), Not(ContainsRegex(no_number)));
}

TEST(Svg, DrawsWhatCanBeDrawn) {
  const std::string svg = to_svg(busy_chart());
  EXPECT_EQ(occurrences(svg, "<circle"), 3U);                          // two dots and the legend's
  EXPECT_EQ(occurrences(svg, " fill=\"" + pale_color(0) + "\""), 1U);  // two cells, one rectangle
  EXPECT_EQ(occurrences(svg, " fill=\"" + pale_color(2) + "\""), 1U);
  EXPECT_EQ(occurrences(svg, ">median</text>"), 1U);
  EXPECT_EQ(occurrences(svg, "stroke-dasharray"), 1U);  // no name, hence not in the legend
  EXPECT_EQ(occurrences(svg, ">class &lt;0&gt; &amp; &quot;co&quot;</text>"), 1U);
}

TEST(Svg, LogarithmicInBothDirections) {
  Panel panel{.x_range = Interval{1e-4, 1}, .y_range = Interval{1, 100}, .logarithmic_x = true, .logarithmic_y = true};
  panel.lines.push_back({.points = {{1e-4, 1}, {1e-2, 10}, {0, 10}, {1, 100}}});
  const std::string svg = to_svg({.panels = {panel}, .panel_width = 188, .panel_height = 156});
  EXPECT_NE(svg.find("d=\"M0 100L50 50M100 0\""), std::string::npos) << svg;
  EXPECT_EQ(occurrences(svg, ">0.01</text>"), 1U);
}

TEST(Svg, PlacesLinesAndBands) {
  Panel panel{.x_range = Interval{0, 10}, .y_range = Interval{0, 10}};
  panel.lines.push_back({.points = {{0, 0}, {5, 5}, {6, kNan}, {10, 10}}});
  panel.bands.push_back({.x = {0, 5, 10}, .low = {0, 0, 0}, .high = {10, 5, 10}});
  // Plot area: 188 less the margins 66 and 22 wide, 156 less 48 and 8 high: 100 by 100.
  const std::string svg = to_svg({.panels = {panel}, .panel_width = 188, .panel_height = 156});
  EXPECT_NE(svg.find("d=\"M0 100L50 50M100 0\""), std::string::npos) << svg;
  EXPECT_NE(svg.find("d=\"M0 100L50 100L100 100L100 0L50 50L0 0Z\""), std::string::npos) << svg;

  panel.bands = {{.x = {0, 2, 4, 6, 8}, .low = {0, 0, kNan, 1, 1}, .high = {5, 5, 5, 9, 9}}};  // two, with a gap
  EXPECT_NE(to_svg({.panels = {panel}, .panel_width = 188, .panel_height = 156})
                .find("d=\"M0 100L20 100L20 50L0 50ZM60 90L80 90L80 10L60 10Z\""),
            std::string::npos);
}

TEST(Svg, RefusesListsOfWrongLength) {
  const auto error_of = [](const Chart& chart) -> std::string {
    try {
      to_svg(chart);
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_EQ(error_of({}), "to_svg: a chart needs at least one panel");
  Panel panel;
  panel.bands.push_back({.name = "b", .x = {1, 2}, .low = {1}, .high = {1, 2}});
  EXPECT_EQ(error_of({.panels = {panel}}), "to_svg: band \"b\" has 2 x, 1 low and 2 high values");
  panel.bands.clear();
  panel.cells = Cells{.columns = 2, .rows = 2, .colors = {1, 2, 3}};
  EXPECT_EQ(error_of({.panels = {panel}}), "to_svg: 2 x 2 cells have 3 colors");
}

TEST(SvgText, NumbersAndWords) {
  EXPECT_EQ(svg_number(12.5), "12.5");
  EXPECT_EQ(svg_number(100), "100");
  EXPECT_EQ(svg_number(-0.001), "0");
  EXPECT_EQ(svg_number(0.126), "0.13");
  EXPECT_EQ(svg_escape("a<b>&\"c\"\n\x01é"), "a&lt;b&gt;&amp;&quot;c&quot;é");
  EXPECT_EQ(palette_color(0), "#0072b2");
  EXPECT_EQ(palette_color(6), palette_color(0));
}

}  // namespace
}  // namespace gradus::examples
