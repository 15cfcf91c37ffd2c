#include <gradus/examples/command_line/format.h>
#include <gradus/examples/covariate_shift/report.h>
#include <gradus/examples/pages/document.h>

#include <cmath>
#include <sstream>

namespace gradus::examples {
namespace {

std::string accuracy_text(double accuracy) { return accuracy == 0 ? "diverged" : format_percent(accuracy); }

// How far the median of what the sigmoid receives moves from one measurement to the next, on average, in units of the
// width of its band.
double restlessness(const std::vector<Measurement>& all) {
  double moved = 0, width = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    width += all[i].input.high - all[i].input.low;
    if (i > 0) moved += std::abs(all[i].input.median - all[i - 1].input.median);
  }
  return moved / width;
}

Panel sweep_panel(const Sweep& sweep) {
  Panel panel{.title = sweep.title,
              .x_label = sweep.title,
              .y_label = "test accuracy, %",
              .y_range = Interval{0, 100},
              .logarithmic_x = true};
  panel.lines = {{.name = "with", .points = {}, .color = 0},
                 {.name = "without", .points = {}, .color = 1, .dashed = true}};
  for (const SweepPoint& p : sweep.points) {
    panel.lines[0].points.push_back({p.value, 100 * p.with});
    panel.lines[1].points.push_back({p.value, 100 * p.without});
  }
  return panel;
}

}  // namespace

std::string report_page(const std::vector<Record>& records, const std::vector<Measurement>& noisy,
                        const std::vector<Sweep>& sweeps, std::int64_t sweep_steps, std::int64_t batch_size,
                        const std::string& setting) {
  Document page("What batch normalization is good for");
  page.paragraph(
      "The same net twice, with and without the layer, from the same weights and on the same batches: the MNIST "
      "figure of Ioffe and Szegedy (2015), “Batch Normalization: Accelerating Deep Network Training by Reducing "
      "Internal Covariate Shift”. " +
      setting + ".");
  page.heading("The figure");
  Chart chart = figure(records, "");
  page.charts(chart.panels, 320, 320);
  std::istringstream lines(conclusion(records));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("What")) continue;  // a heading for the two that follow
    const bool of_one_net = line.starts_with(' ');
    for (std::size_t at; (at = line.find(" -")) != std::string::npos;) line.replace(at, 2, " −");
    page.paragraph(of_one_net ? "What the sigmoid received " + line.substr(2) : line);
  }

  page.heading("Why, as the paper has it");
  page.paragraph(
      "A layer learns from what the layers below hand it. While they learn too, that input keeps changing: its mean "
      "wanders, its spread grows. The paper calls this internal covariate shift. And a sigmoid only learns where it "
      "has a slope: 0.25 at 0, but 0.018 at 4 and 0.00005 at 10. If its inputs drift out there, nothing comes back "
      "through it, and all layers below stand still. The layer takes the mean and the spread of each batch out, so "
      "that the input stays where the slope is, however the weights below have moved.");

  page.heading("That explanation is disputed");
  page.paragraph(
      "Santurkar, Tsipras, Ilyas and Mądry (2018), “How Does Batch Normalization Help Optimization?” "
      "(arXiv:1805.11604), put the shift back on purpose: behind each normalization, every unit was scaled and "
      "shifted at random, anew in every step. The distributions then move more than without the layer, and yet the "
      "net trained about as well as with it. Here is that experiment on this net.");
  std::vector<Measurement> without, with;
  for (const Record& r : records) {
    without.push_back(r.without);
    with.push_back(r.with);
  }
  Panel accuracy = chart.panels[0];
  accuracy.lines[0].name = "with", accuracy.lines[1].name = "without";
  accuracy.lines.push_back({.name = "with, and noise behind it", .points = {}, .color = 2});
  Panel band = chart.panels[2];
  band.title = "With it, and noise behind it";
  band.y_range = {};
  for (std::size_t i = 0; i < noisy.size(); ++i) {
    accuracy.lines[2].points.push_back({static_cast<double>(records[i].step), 100 * noisy[i].accuracy});
    band.bands[0].low[i] = noisy[i].input.low;
    band.bands[0].high[i] = noisy[i].input.high;
    band.lines[0].points[i].y = noisy[i].input.median;
  }
  page.charts({accuracy, band}, 320, 320);
  page.paragraph(
      "Above was how far the median wandered in the whole training. This is how far it moves from one measurement to "
      "the next, on average, again in widths of its band:");
  page.table({"what the sigmoid received", "mean move between measurements", "test accuracy"},
             {{"without", format_fixed(restlessness(without), 2), format_percent(without.back().accuracy)},
              {"with", format_fixed(restlessness(with), 2), format_percent(with.back().accuracy)},
              {"with, and noise", format_fixed(restlessness(noisy), 2), format_percent(noisy.back().accuracy)}});
  if (noisy.back().accuracy > without.back().accuracy && restlessness(noisy) > restlessness(without)) {
    page.paragraph(
        "With the noise, the sigmoid's input moves more than in the net without the layer; and yet the net with "
        "layer and noise ends ahead of it.");
  }
  page.paragraph(
      "What they found instead: with the layer the loss is smoother. Its slope changes less along a step, so that the "
      "gradient can be trusted further, and a larger rate is safe. Another part of it is arithmetic: the outputs do "
      "not depend on the size of the weights in front of the layer, so that neither a bad start nor weights that "
      "have grown can ruin the scale of things (batchnorm_terms follows this over a training). What nobody disputes "
      "is that it helps, and where.");

  page.heading("Where it helps, and where it does harm");
  page.paragraph(
      "Each point is a training of " + format_count(static_cast<double>(sweep_steps)) +
      " steps; everything but the setting on the axis is as above. With the layer, rates and initial weights may be "
      "off by a factor of ten or a hundred. Small batches train for more steps, until they have seen as many images "
      "as those of " +
      std::to_string(batch_size) + ".");
  if (const SweepPoint& smallest = sweeps.back().points.front(); smallest.with < smallest.without) {
    page.paragraph("There the layer does harm: with batches of " + format_number(smallest.value) + ", " +
                   accuracy_text(smallest.without) + " are recognized without it and " + accuracy_text(smallest.with) +
                   " with it. The mean and the spread of so few images say little about all images; in training, what "
                   "the net makes of an image depends on which others are beside it, and in evaluation it is "
                   "normalized by the running estimates instead, which it has not been trained with.");
  }
  std::vector<Panel> panels;
  for (const Sweep& sweep : sweeps) panels.push_back(sweep_panel(sweep));
  page.charts(panels);
  for (const Sweep& sweep : sweeps) {
    std::vector<std::vector<std::string>> rows;
    for (const SweepPoint& p : sweep.points) {
      rows.push_back({format_number(p.value), accuracy_text(p.without), accuracy_text(p.with)});
    }
    page.table({sweep.title, "without", "with"}, rows);
  }
  page.paragraph("One seed each. Test images are shown, and nothing is tuned on them.");
  return page.html();
}

}  // namespace gradus::examples
