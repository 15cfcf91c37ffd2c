#include <gradus/core/error.h>
#include <gradus/core/io/json.h>
#include <gradus/examples/ablation/report.h>
#include <gradus/examples/command_line/format.h>
#include <gradus/examples/pages/page.h>

#include <algorithm>
#include <cmath>

namespace gradus_examples {
PageFiles ablation_files();
}

namespace gradus::examples {
namespace {

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

// Of values drawn from something wider: over n - 1. 0 for one value.
double deviation(const std::vector<double>& values) {
  if (values.size() < 2) return 0;
  const double middle = mean(values);
  double squares = 0;
  for (const double value : values) squares += (value - middle) * (value - middle);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

std::vector<double> last(const std::vector<const Result*>& runs, std::vector<double> Result::*list) {
  std::vector<double> values;
  for (const Result* run : runs) values.push_back((run->*list).back());
  return values;
}

std::string right(std::size_t width, const std::string& cell) {
  return std::string(width - std::min(width, display_width(cell)), ' ') + cell;
}

std::string points(double fraction, int decimals = 2) { return format_fixed(100 * fraction, decimals); }

}  // namespace

std::vector<Summary> summaries(const std::vector<Variant>& variants,
                               const std::vector<std::vector<const Result*>>& runs) {
  std::vector<Summary> list;
  for (std::size_t i = 0; i < variants.size(); ++i) {
    Summary s{.name = variants[i].name, .text = variants[i].text, .runs = runs[i]};
    s.failed = static_cast<int>(std::erase_if(s.runs, [](const Result* run) { return !run->failure.empty(); }));
    if (!s.runs.empty()) {
      s.accuracy = mean(last(s.runs, &Result::held_out_accuracy));
      s.deviation = deviation(last(s.runs, &Result::held_out_accuracy));
      s.train_accuracy = mean(last(s.runs, &Result::train_accuracy));
      s.held_out_loss = mean(last(s.runs, &Result::held_out_loss));
    }
    // The same seed is the same first weights and the same order of images: much of the chance is in both.
    std::vector<double> differences;
    for (const Result* run : s.runs) {
      for (const Result* recipe : list.empty() ? s.runs : list[0].runs) {
        if (recipe->seed == run->seed)
          differences.push_back(run->held_out_accuracy.back() - recipe->held_out_accuracy.back());
      }
    }
    if (!differences.empty()) {
      s.difference = mean(differences);
      s.error = deviation(differences) / std::sqrt(static_cast<double>(differences.size()));
    }
    list.push_back(s);
  }
  return list;
}

std::string table(const std::vector<Summary>& summaries) {
  std::size_t width = 0;
  for (const Summary& s : summaries) width = std::max(width, display_width(s.name));
  std::string out = pad("", width) + "   seeds   held out, %      from the recipe   training, %   held-out loss\n";
  for (const Summary& s : summaries) {
    out += pad(s.name, width) + right(8, std::to_string(s.runs.size()));
    if (s.runs.empty()) {
      out += s.failed ? "   its numbers did not stay finite\n" : "   not yet run\n";
      continue;
    }
    const bool several = s.runs.size() > 1, recipe = &s == &summaries[0];
    const std::string difference = (s.difference < 0 ? "-" : "+") + points(std::abs(s.difference));
    out += right(9, points(s.accuracy)) + pad(several ? " ± " + points(s.deviation) : "", 8);
    out += right(11, recipe ? "" : difference) + pad(several && !recipe ? " ± " + points(s.error) : "", 8);
    out += right(14, points(s.train_accuracy)) + right(16, format_fixed(s.held_out_loss, 4));
    if (s.failed) out += text("   (", s.failed, " did not stay finite)");
    out += '\n';
  }
  return out;
}

std::string page(const std::vector<Summary>& summaries, Comparison comparison, const std::string& setting) {
  const auto numbers = [](const std::vector<double>& values) {
    return json_list(values, [](double value) { return JsonText(value, 6); });
  };
  const JsonText rows = json_list(summaries, [&](const Summary& s) {
    const JsonText runs = json_list(s.runs, [&](const Result* run) {
      return JsonText{{"seed", run->seed},
                      {"trainLoss", numbers(run->train_loss)},
                      {"trainAccuracy", numbers(run->train_accuracy)},
                      {"heldOutLoss", numbers(run->held_out_loss)},
                      {"heldOutAccuracy", numbers(run->held_out_accuracy)}};
    });
    return JsonText{{"name", s.name},
                    {"text", s.text},
                    {"runs", runs},
                    {"failed", s.failed},
                    {"accuracy", {s.accuracy, 9}},
                    {"deviation", {s.deviation, 9}},
                    {"difference", {s.difference, 9}},
                    {"error", {s.error, 9}},
                    {"trainAccuracy", {s.train_accuracy, 9}},
                    {"heldOutLoss", {s.held_out_loss, 9}}};
  });
  const JsonText data = {{"rows", rows}, {"setting", setting}, {"optimizers", comparison == Comparison::optimizers}};
  return make_page("ablation.html", {{"ablation", data.str()}}, {ablation_files(), shared_page()});
}

}  // namespace gradus::examples
