#include <gradus/examples/bug_museum/report.h>
#include <gradus/examples/command_line/format.h>
#include <gradus/examples/pages/document.h>

#include <algorithm>
#include <cmath>
#include <functional>

namespace gradus::examples {
namespace {

// The mean of a few neighbours at a time: single batches jump.
Polyline curve(const std::string& name, const std::vector<double>& losses, int color, bool dashed) {
  Polyline line{.name = name, .points = {}, .color = color, .dashed = dashed};
  const std::size_t width = std::max<std::size_t>(losses.size() / 60, 1);
  for (std::size_t first = 0; first + width <= losses.size(); first += width) {
    double sum = 0;
    for (std::size_t i = first; i < first + width; ++i) sum += losses[i];
    line.points.push_back(
        {static_cast<double>(first) + static_cast<double>(width) / 2, sum / static_cast<double>(width)});
  }
  return line;
}

Panel curves(const std::string& title, const Outcome& outcome, const Outcome& right) {
  Panel panel{.title = title, .x_label = "training step", .y_label = "loss", .logarithmic_y = true};
  panel.lines = {curve("right", right.losses, 6, true), curve("with the mistake", outcome.losses, 1, false)};
  return panel;
}

std::string error_text(double error) {
  if (error <= kObjection) return "–";
  if (error >= 9.5) return "> 10";
  return format_number(std::stod(format_fixed(error, error < 0.01 ? 5 : 2)));
}

std::string accuracy_text(const Outcome& outcome) {
  return outcome.diverged ? "diverged" : format_percent(outcome.accuracy);
}

std::string noticed_by(const Findings& f) {
  std::string names;
  const auto add = [&](bool noticed, const std::string& name) {
    if (noticed) names += (names.empty() ? "" : ", ") + name;
  };
  add(f.sum > kObjection, "sum(y)");
  add(f.sum_of_squares > kObjection, "sum(y²)");
  add(f.random > kObjection, "random weights");
  add(f.near_eps > kObjection, "inputs near ε");
  add(!f.invariants.empty(), "facts " + f.invariants);
  add(f.gradcheck, "gradcheck");
  return names;
}

}  // namespace

const std::vector<Column>& columns() {
  static const std::vector<Column> all = {
      {"sum(y)",
       "gradients of this loss against numeric ones; it hands every sample the same dy, for which dx should be 0: a "
       "mistake "
       "that keeps it 0 goes unseen"},
      {"sum(y²)", "the same of this loss, whose dy = 2 y"},
      {"random", "the same of a sum of the outputs with random weights"},
      {"near ε", "the same where the variance of x is about ε: elsewhere ε hardly matters"},
      {"facts", "equations 15 to 17 of layers/batch_norm.md, which a right backward obeys, that do not hold"},
      {"gradcheck",
       "the library's: random weights, three calls before one backward, parameters varied, gradients filled "
       "before"},
  };
  return all;
}

double harm(const Exhibit& exhibit, const Exhibit& right) {
  const auto lost = [](const Outcome& outcome, const Outcome& of_right) {
    return outcome.diverged ? 1 : of_right.accuracy - outcome.accuracy;
  };
  const double on_spirals = lost(exhibit.spirals, right.spirals);
  return exhibit.mnist ? std::max(on_spirals, lost(*exhibit.mnist, *right.mnist)) : on_spirals;
}

std::string report_page(const std::vector<Exhibit>& exhibits) {
  const Exhibit& right = exhibits.front();
  Document page("The bug museum");
  page.paragraph(kMoral);
  page.paragraph(
      "All mistakes are in the backward of batch normalization; the forward is right. The right backward is");
  page.formula(right.findings.formula);
  page.heading("Who notices");
  std::vector<std::string> head = {"mistake"};
  for (const Column& column : columns()) head.push_back(column.name);
  head.push_back("accuracy on spirals");
  if (right.mnist) head.push_back("on MNIST");
  std::vector<std::vector<std::string>> rows;
  for (const Exhibit& e : exhibits) {
    const Findings& f = e.findings;
    rows.push_back({f.name, error_text(f.sum), error_text(f.sum_of_squares), error_text(f.random),
                    error_text(f.near_eps), f.invariants.empty() ? "–" : f.invariants, f.gradcheck ? "caught" : "–",
                    accuracy_text(e.spirals)});
    if (e.mnist) rows.back().push_back(accuracy_text(*e.mnist));
  }
  page.table(head, rows);
  page.paragraph(
      "A number is the largest error of a gradient in units of the largest gradient of the same tensor (or of a "
      "hundredth of the largest of all, if that is more), in double; "
      "a dash is an error too small to object to.");
  for (const Column& column : columns()) page.paragraph(column.name + ": " + column.meaning + ".");
  page.heading("How training goes");
  page.paragraph(
      "The training loss with the right backward (dashed) and with the mistake. Spirals: three classes in the plane, "
      "Adam, the mean of five runs." +
      std::string(right.mnist ? " MNIST: gradient descent with momentum, one run." : "") +
      " Where the curves lie on each other, nobody who watches the loss would know. The mistakes that cost most "
      "accuracy come first.");
  std::vector<Exhibit> worst_first(exhibits.begin() + 1, exhibits.end());
  std::ranges::stable_sort(worst_first, std::greater<>(), [&](const Exhibit& e) { return harm(e, right); });
  bool harmless = false;
  for (const Exhibit& e : worst_first) {
    if (!harmless && harm(e, right) < kNoHarm) {
      harmless = true;
      page.heading("These train as well as the right one");
      page.paragraph("They lose less than half a percentage point of accuracy" +
                     std::string(right.mnist ? ", on spirals and on MNIST." : "."));
    }
    page.subheading(e.findings.name);
    page.formula(e.findings.formula);
    page.paragraph("Noticed by " + noticed_by(e.findings) + ".");
    std::vector<Panel> panels = {curves(
        "Spirals: " + accuracy_text(e.spirals) + ", right " + accuracy_text(right.spirals), e.spirals, right.spirals)};
    if (e.mnist) {
      panels.push_back(curves("MNIST: " + accuracy_text(*e.mnist) + ", right " + accuracy_text(*right.mnist), *e.mnist,
                              *right.mnist));
    }
    page.charts(panels, 400, 260);
  }
  return page.html();
}

}  // namespace gradus::examples
