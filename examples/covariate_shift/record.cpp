#include <gradus/examples/command_line/format.h>
#include <gradus/examples/covariate_shift/record.h>

#include <algorithm>

namespace gradus::examples {
namespace {

std::string cell(double number, int decimals, std::size_t width) {
  const std::string digits = format_fixed(number, decimals);
  return std::string(width - std::min(width, digits.size()), ' ') + digits;
}

std::string percentile_cells(const Percentiles& p) {
  return cell(p.low, 2, 10) + cell(p.median, 2, 7) + cell(p.high, 2, 7);
}

// How the distribution moved: the least and the greatest median, and how wide the band around it was.
std::string movement(const std::vector<Record>& records, Measurement Record::*net) {
  const auto width = [&](const Record& record) { return (record.*net).input.high - (record.*net).input.low; };
  Interval median{(records[0].*net).input.median, (records[0].*net).input.median};
  double mean_width = 0;
  for (const Record& record : records) {
    const double now = (record.*net).input.median;
    median = {std::min(median.low, now), std::max(median.high, now)};
    mean_width += width(record) / static_cast<double>(records.size());
  }
  return "a median from " + format_fixed(median.low, 2) + " to " + format_fixed(median.high, 2) + ", " +
         format_fixed((median.high - median.low) / mean_width, 2) +
         " times the width of its band on average; that width went from " + format_fixed(width(records.front()), 2) +
         " to " + format_fixed(width(records.back()), 2) + ".\n";
}

// The first step at which an accuracy was reached; 0 if it never was.
std::int64_t reached(const std::vector<Record>& records, Measurement Record::*net, double accuracy) {
  for (const Record& record : records) {
    if ((record.*net).accuracy >= accuracy) return record.step;
  }
  return 0;
}

}  // namespace

std::string table_head() {
  return "          test accuracy         input of one sigmoid: 15th, 50th and 85th percentile\n"
         "   step   without      with        without batch norm         with batch norm\n";
}

std::string table_row(const Record& r) {
  return cell(static_cast<double>(r.step), 0, 7) + cell(100 * r.without.accuracy, 2, 8) + " %" +
         cell(100 * r.with.accuracy, 2, 8) + " %" + percentile_cells(r.without.input) + percentile_cells(r.with.input);
}

std::string conclusion(const std::vector<Record>& records) {
  const Record& last = records.back();
  std::string text = "After " + format_count(static_cast<double>(last.step)) + " steps " +
                     format_percent(last.without.accuracy) + " are recognized without batch normalization and " +
                     format_percent(last.with.accuracy) + " with it";
  const std::int64_t fast = reached(records, &Record::with, last.without.accuracy);
  text += ".\n";
  if (fast > 0) {
    text += "With it, the net was as good as the other one at its end after " +
            format_count(static_cast<double>(fast)) + " steps.\n";
  }
  text += "What the sigmoid received during training\n  without: " + movement(records, &Record::without) +
          "  with:    " + movement(records, &Record::with);
  return text;
}

Chart figure(const std::vector<Record>& records, const std::string& subtitle) {
  const int without_color = 1, with_color = 0;
  Panel accuracy{.title = "Test accuracy", .x_label = "training steps", .y_label = "%"};
  accuracy.lines = {{.name = "with: " + format_percent(records.back().with.accuracy) + " at the end",
                     .points = {},
                     .color = with_color},
                    {.name = "without: " + format_percent(records.back().without.accuracy),
                     .points = {},
                     .color = without_color,
                     .dashed = true}};
  for (const Record& r : records) {
    accuracy.lines[1].points.push_back({static_cast<double>(r.step), 100 * r.without.accuracy});
    accuracy.lines[0].points.push_back({static_cast<double>(r.step), 100 * r.with.accuracy});
  }
  const Interval steps{0, static_cast<double>(records.back().step)};
  accuracy.x_range = steps;
  // From 0.7, as in the paper, once both are well above: what differs would be hard to see on the whole range.
  const double worse = std::min(records.back().with.accuracy, records.back().without.accuracy);
  accuracy.y_range = Interval{worse > 0.8 ? 70.0 : 0.0, 100};

  Interval range{0, 0};  // of both bands, so that they can be compared
  const auto band = [&](const char* title, Measurement Record::*net, int color) {
    Panel panel{.title = title, .x_label = "training steps", .y_label = "input of one sigmoid", .x_range = steps};
    Band percentiles{.name = "15th to 85th percentile", .color = color};
    Polyline median{.name = "median", .points = {}, .color = color};
    for (const Record& r : records) {
      const auto x = static_cast<double>(r.step);
      const Percentiles& p = (r.*net).input;
      percentiles.x.push_back(x);
      percentiles.low.push_back(p.low);
      percentiles.high.push_back(p.high);
      median.points.push_back({x, p.median});
      range = {std::min(range.low, p.low), std::max(range.high, p.high)};
    }
    panel.bands.push_back(percentiles);
    panel.lines.push_back(median);
    return panel;
  };
  Panel without = band("Without batch normalization", &Record::without, without_color);
  Panel with = band("With batch normalization", &Record::with, with_color);
  const double margin = 0.05 * (range.high - range.low);
  without.y_range = with.y_range = Interval{range.low - margin, range.high + margin};
  return {.title = "What batch normalization does",
          .subtitle = subtitle,
          .panels = {accuracy, without, with},
          .columns = 3,
          .panel_width = 330,
          .panel_height = 340};
}

}  // namespace gradus::examples
