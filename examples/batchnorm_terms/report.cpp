#include <gradus/examples/batchnorm_terms/report.h>
#include <gradus/examples/command_line/format.h>
#include <gradus/examples/pages/document.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace gradus::examples {
namespace {

std::string scientific(double x) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.0e", x);
  return digits;
}

std::string right(const std::string& text, std::size_t width) {
  return std::string(width - std::min(width, display_width(text)), ' ') + text;
}

std::string percent(double share) { return format_fixed(100 * share, 1) + " %"; }

double growth(const Run& run, std::size_t layer) {
  return run.epochs.back().layers[layer].norm / run.first_norms[layer];
}

// A value of one layer by epoch.
Polyline by_epoch(const Run& run, const std::string& name, int color, double (*value)(const EpochRecord&)) {
  Polyline line{.name = name, .points = {}, .color = color, .dashed = run.setting.without != Without::nothing};
  for (std::size_t i = 0; i < run.epochs.size(); ++i) {
    line.points.push_back({static_cast<double>(i + 1), value(run.epochs[i])});
  }
  return line;
}

Panel shares(const Run& run, std::size_t layer, const std::string& title) {
  Panel panel{.title = title, .x_label = "epoch", .y_label = "% of the direct term's square"};
  panel.lines = {{.name = "mean term", .points = {}, .color = 1}, {.name = "x̂ term", .points = {}, .color = 2}};
  double most = 0;
  for (std::size_t i = 0; i < run.epochs.size(); ++i) {
    const LayerRecord& r = run.epochs[i].layers[layer];
    panel.lines[0].points.push_back({static_cast<double>(i + 1), 100 * r.mean});
    panel.lines[1].points.push_back({static_cast<double>(i + 1), 100 * r.xhat});
    most = std::max({most, 100 * r.mean, 100 * r.xhat});
  }
  panel.y_range = Interval{0, 1.1 * most};
  return panel;
}

Panel dy_sizes(const Run& run) {
  Panel panel{.title = "Size of dy", .x_label = "epoch", .y_label = "root mean square, 10⁻⁴"};
  for (std::size_t layer = 0; layer < 2; ++layer) {
    Polyline line{.name = layer == 0 ? "first" : "second", .points = {}, .color = layer == 0 ? 0 : 3};
    for (std::size_t i = 0; i < run.epochs.size(); ++i) {
      line.points.push_back({static_cast<double>(i + 1), 1e4 * run.epochs[i].layers[layer].dy});
    }
    panel.lines.push_back(line);
  }
  return panel;
}

Panel compared(const std::vector<Run>& runs, const std::string& title, const std::string& y_label,
               double (*value)(const EpochRecord&)) {
  Panel panel{.title = title, .x_label = "epoch", .y_label = y_label};
  int color = 0;
  for (const Run& run : runs) panel.lines.push_back(by_epoch(run, run.setting.name, color++, value));
  return panel;
}

// A bad accuracy without the mean term may be due to the running estimates alone. Empty if it is not.
std::string about_estimates(const std::vector<Run>& runs) {
  const auto find = [&](Without without) {
    return std::ranges::find(runs, without, [](const Run& run) { return run.setting.without; });
  };
  const auto mean = find(Without::mean_term), both = find(Without::both);
  if (mean == runs.end() || both == runs.end()) return "";
  const double accuracy = mean->epochs.back().accuracy, accuracy_of_both = both->epochs.back().accuracy;
  if (accuracy_of_both - accuracy < 0.01 || mean->accuracy_by_batches - accuracy < 0.01) return "";
  return "The net without the mean term (" + format_percent(accuracy) + ") ends below the one without both terms (" +
         format_percent(accuracy_of_both) + "), which looks odd. By batches they reach " +
         format_percent(mean->accuracy_by_batches) + " and " + format_percent(both->accuracy_by_batches) +
         ": what separates these two is mostly their running estimates, and less their weights. The likely reason: "
         "without the mean "
         "term dx no longer sums to 0 over the batch, so each step shifts the mean of x, and estimates that follow by "
         "a tenth in each step lag behind. One run says little here: with the program's defaults and seeds 1 to 5, the "
         "last accuracy was 91.6 to 95.8 % without the mean term and 95.0 to 96.6 % without both. Why the estimates "
         "are less off without both was not measured.";
}

}  // namespace

std::string table_head(const Run& run) {
  return "Before training |w| is " + format_fixed(run.first_norms[0], 2) + " and " +
         format_fixed(run.first_norms[1], 2) + ".\n\n" + std::string(45, ' ') + "of the direct term's square\n" +
         "epoch    loss  accuracy  layer    size of dy    mean term    x̂ term    left   cos(w, dw)     |w|  step/|w|\n";
}

std::string table_rows(const Run& run) {
  const EpochRecord& e = run.epochs.back();
  std::string text;
  for (std::size_t i = 0; i < e.layers.size(); ++i) {
    const LayerRecord& r = e.layers[i];
    text += i == 0 ? right(std::to_string(run.epochs.size()), 5) + right(format_fixed(e.loss, 4), 8) +
                         right(format_percent(e.accuracy), 10)
                   : std::string(23, ' ');
    text += right(std::to_string(i + 1), 7) + right(scientific(r.dy), 14) + right(percent(r.mean), 13) +
            right(percent(r.xhat), 10) + right(percent(r.left), 8) + right(scientific(r.cosine), 13) +
            right(format_fixed(r.norm, 2), 8) + right(scientific(r.turn), 10) + "\n";
  }
  return text;
}

std::string conclusion(const Run& run) {
  const EpochRecord& last = run.epochs.back();
  double mean = 0, xhat = 0;
  for (const LayerRecord& r : last.layers) {
    mean += r.mean / static_cast<double>(last.layers.size());
    xhat += r.xhat / static_cast<double>(last.layers.size());
  }
  std::string text = "In the last epoch the mean term is " + percent(mean) +
                     " of the gradient (of its square), the x̂ term " + percent(xhat) + ".\n";
  const double cosine = std::max(last.layers[0].cosine, last.layers[1].cosine);
  if (cosine < 1e-3) {
    text +=
        "The gradient stands at right angles to the weights before the layer (the cosine is rounding): stretching\n"
        "them changes no output, so there is no slope that way. ";
    if (run.setting.method == Method::sgd && run.setting.weight_decay == 0) {
      text += "A step at right angles can only lengthen: |w| grew\nby factors of " + format_fixed(growth(run, 0), 2) +
              " and " + format_fixed(growth(run, 1), 2) + ", and the effective rate, which goes with 1/|w|², fell to " +
              percent(1 / std::pow(growth(run, 0), 2)) + " and " + percent(1 / std::pow(growth(run, 1), 2)) + ".\n";
    } else {
      text += run.setting.method == Method::adam
                  ? "Adam scales each\nelement of the step by itself, so that the step is no longer at right angles.\n"
                  : "\nWeight decay shortens them all the same.\n";
    }
  } else if (run.setting.without != Without::nothing) {
    text +=
        "The gradient no longer stands at right angles to the weights before the layer: the term that is left out was\n"
        "what kept it there.\n";
  }
  return text;
}

std::vector<Setting> compared_settings(double learning_rate) {
  return {{.name = "SGD", .learning_rate = learning_rate},
          {.name = "SGD, weight decay 0.005", .learning_rate = learning_rate, .weight_decay = 0.005},
          {.name = "Adam at 0.003", .method = Method::adam, .learning_rate = 0.003},
          {.name = "SGD without the mean term", .learning_rate = learning_rate, .without = Without::mean_term},
          {.name = "SGD without the x̂ term", .learning_rate = learning_rate, .without = Without::xhat_term},
          {.name = "SGD without both", .learning_rate = learning_rate, .without = Without::both}};
}

std::string report_page(const std::vector<Run>& all, const RunOptions& options) {
  std::vector<Run> runs;
  for (const Run& run : all) {
    if (!run.epochs.empty()) runs.push_back(run);
  }
  const Run& plain = runs.front();
  Document page("Batch normalization's three terms over a whole training");
  page.paragraph("MNIST, " + format_count(static_cast<double>(options.images)) + " images, 784-" +
                 std::to_string(options.hidden) + "-" + std::to_string(options.hidden) +
                 "-10 with BatchNorm1d and ReLU, batches of " + std::to_string(options.batch_size) + ", " +
                 std::to_string(options.epochs) + " epochs, seed " + std::to_string(options.seed) +
                 ". The backward of the layer is");
  page.formula("dx_i = γ s (dy_i − (1/m) Σ_k dy_k − (x̂_i/m) Σ_k dy_k x̂_k)");
  page.paragraph(
      "Here dy is the gradient with respect to the output, x̂ the normalized input, s = 1/√(σ² + ε), and m the size of "
      "the batch. The first term is what arrives; the second takes out its mean, and the third its part along x̂. These "
      "are the two ways in which a feature may move without changing any output: shifted as a whole, or stretched "
      "about "
      "its mean.");
  page.heading("How much cancels");
  page.paragraph(
      "The mean term and the x̂ term stand at right angles to each other and to what is left, so that their squares "
      "add up to the square of the direct term (but for ε). These are the shares of the two, by plain gradient "
      "descent; all the rest is left.");
  page.charts({shares(plain, 0, "First normalization"), shares(plain, 1, "Second normalization"), dy_sizes(plain)});
  page.paragraph(
      "Little cancels in one sample's gradient. But the mean term is the same for all samples: in a weight's "
      "gradient, which is a sum over the batch, it adds up where the rest mostly cancels, so that with " +
      std::to_string(options.batch_size) + " samples a share of 1 % is no longer small.");
  page.heading("Right angles, and what follows from them");
  page.paragraph(
      "Multiply the weights in front of the layer by 2: x doubles, x̂ stays, and so does the loss. So the loss has no "
      "slope along the weights themselves, and their gradient stands at right angles to them. A step of plain "
      "gradient descent, at right angles, can only lengthen: |w|² grows by the step's square (Pythagoras). And the "
      "longer the weights, the less a step turns them: the gradient goes with 1/|w|, the angle with rate/|w|². That "
      "is an effective rate which falls by itself, whatever the schedule says.");
  page.paragraph(
      "Weight decay shortens the weights in every step, until that and the lengthening are in balance: with "
      "normalization it leaves the net as it is, since that does not depend on |w|, but keeps the effective rate up; "
      "at a "
      "constant rate the training then ends at a higher loss. Adam divides "
      "each element of the gradient by its own usual size. The step then has another direction than the gradient and "
      "does not stand at right angles; its size does not depend on the gradient's, so that the effective rate goes "
      "with 1/|w|.");
  std::vector<Run> whole, less;
  for (const Run& run : runs) {
    if (run.setting.without == Without::nothing) whole.push_back(run);
    if (run.setting.without != Without::nothing || &run == &plain || run.setting.name == plain.setting.name)
      less.push_back(run);
  }
  page.charts(
      {compared(whole, "|w| before the first layer", "", [](const EpochRecord& e) { return e.layers[0].norm; }),
       compared(whole, "|w| before the second layer", "", [](const EpochRecord& e) { return e.layers[1].norm; }),
       compared(whole, "Step over |w|, first weights", "", [](const EpochRecord& e) { return e.layers[0].turn; })});
  page.heading("What each term is worth");
  page.paragraph(
      "The same training with a term left out of the backward (the forward stays right). Without the mean term or "
      "without the x̂ term the gradient is no longer at right angles to the weights.");
  Panel cosine =
      compared(less, "|cos(w, dw)|, first weights", "", [](const EpochRecord& e) { return e.layers[0].cosine; });
  cosine.logarithmic_y = true;
  page.charts(
      {compared(less, "Test accuracy", "%", [](const EpochRecord& e) { return 100 * e.accuracy; }), cosine,
       compared(less, "|w| before the first layer", "", [](const EpochRecord& e) { return e.layers[0].norm; })});
  std::vector<std::vector<std::string>> rows;
  for (const Run& run : all) {
    if (run.epochs.empty()) {
      rows.push_back({run.setting.name, "diverged", "", "", "", "", ""});
      continue;
    }
    const EpochRecord& e = run.epochs.back();
    rows.push_back({run.setting.name, format_fixed(e.loss, 4), format_percent(e.accuracy),
                    format_percent(run.accuracy_by_batches), scientific(e.layers[0].cosine),
                    format_fixed(growth(run, 0), 2), format_fixed(growth(run, 1), 2)});
  }
  page.table(
      {"after the last epoch", "loss", "test accuracy", "by batches", "cos(w, dw)", "|w| grew by, first", "second"},
      rows);
  page.paragraph(
      "By batches: the test images once more, each batch normalized by its own mean and variance, as in training. The "
      "test accuracy is by the running estimates, as in any evaluation. One seed each: with others it may be a "
      "percentage point more or less, and without the mean term several.");
  if (const std::string text = about_estimates(runs); !text.empty()) page.paragraph(text);
  return page.html();
}

}  // namespace gradus::examples
