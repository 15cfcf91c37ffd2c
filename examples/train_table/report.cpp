#include <gradus/core/error.h>
#include <gradus/core/io/predictions.h>
#include <gradus/core/tensor/arithmetic.h>
#include <gradus/examples/command_line/format.h>
#include <gradus/examples/pages/page.h>
#include <gradus/examples/pages/svg.h>
#include <gradus/examples/train_table/report.h>
#include <gradus/examples/training/evaluation.h>

#include <algorithm>
#include <numeric>

namespace gradus_examples {
PageFiles table_files();
}

namespace gradus::examples::tables {
namespace {

constexpr std::size_t most_mistakes = 30, most_points = 2000;

std::string digits(double number) { return JsonText(number, 4).str(); }

Evaluation evaluation(const Run& run) {
  const Part& part = run.data.held_out;
  Evaluation e;
  e.count = static_cast<std::int64_t>(part.rows.size());
  e.correct = count_correct(run.outputs, part.labels);
  e.loss = run.score.loss;
  e.classes = static_cast<int>(run.data.schema.outputs());
  e.confusion.resize(static_cast<std::size_t>(e.classes * e.classes));
  const std::vector<std::int32_t> said = predictions(run.outputs);
  for (std::size_t i = 0; i < said.size(); ++i)
    ++e.confusion[static_cast<std::size_t>(part.labels[i] * e.classes + said[i])];
  return e;
}

// How much worse the score of the held-out rows becomes when a column's cells are those of other rows: the mean of ten
// shuffles, for each column that is used.
std::vector<std::pair<std::string, double>> importance(const Run& run) {
  constexpr int repeats = 10;
  const Schema& schema = run.data.schema;
  const Part& part = run.data.held_out;
  const auto width = static_cast<std::size_t>(schema.inputs());
  std::vector<std::size_t> order(part.rows.size());
  std::iota(order.begin(), order.end(), 0);
  std::vector<std::pair<std::string, double>> result;
  Rng rng(run.options.seed);
  std::size_t first = 0;  // input of the column
  for (std::size_t c = 0; c < schema.columns.size(); ++c) {
    const auto inputs = static_cast<std::size_t>(schema.columns[c].inputs());
    if (c == schema.target || inputs == 0) continue;
    double sum = 0;
    for (int repeat = 0; repeat < repeats; ++repeat) {
      rng.shuffle(std::span(order));
      Tensor x = part.x;
      Scalar* to = x.mutable_data() + first;
      for (std::size_t i = 0; i < order.size(); ++i) {
        std::copy_n(part.x.data() + order[i] * width + first, inputs, to + i * width);
      }
      const double shuffled = score(schema, infer(run.model, x), part).score;
      sum += schema.classification() ? run.score.score - shuffled : shuffled - run.score.score;
    }
    result.emplace_back(schema.columns[c].name, sum / repeats);
    first += inputs;
  }
  std::ranges::stable_sort(result, std::greater<>(), &std::pair<std::string, double>::second);
  return result;
}

std::string chart(const std::string& title, const Panel& panel) {
  return to_svg({.title = title, .panels = {panel}, .panel_width = 460, .panel_height = 340});
}

// Loss and score, epoch by epoch.
std::vector<std::string> curves(const Run& run) {
  const bool classes = run.data.schema.classification();
  Polyline train = {.name = "training rows", .color = 0}, validation = {.name = "validation rows", .color = 1};
  Polyline scores = validation;
  for (const EpochRecord& r : run.fit.history) {
    const auto epoch = static_cast<double>(r.epoch);
    train.points.push_back({epoch, r.train_loss});
    validation.points.push_back({epoch, r.validation.loss});
    scores.points.push_back({epoch, r.validation.score * (classes ? 100 : 1)});
  }
  const auto best = [&](const Polyline& line) {
    const Point point = line.points[static_cast<std::size_t>(run.fit.best_epoch - 1)];
    return Scatter{.name = "best epoch", .points = {point}, .color = 1, .radius = 5};
  };
  return {chart("Loss", {.x_label = "epoch",
                         .y_label = "loss",
                         .logarithmic_y = true,
                         .lines = {train, validation},
                         .scatters = {best(validation)}}),
          chart(classes ? "Accuracy" : "Error (root mean square)",
                {.x_label = "epoch",
                 .y_label = classes ? "%" : shorten(run.data.schema.to_learn().name, 40),
                 .lines = {scores},
                 .scatters = {best(scores)}})};
}

// Of a regression: what was said of each held-out row against what is true.
std::string answers(const Run& run) {
  const Standardization& standard = run.data.schema.to_learn().standard;
  Scatter points = {.name = "held-out rows", .color = 0};
  Polyline diagonal = {.name = "right answers", .color = 1, .dashed = true};
  double low = 0, high = 0;
  for (std::size_t i = 0; i < std::min(run.data.held_out.rows.size(), most_points); ++i) {
    const double truth = run.data.held_out.y.values()[i];
    points.points.push_back({standard.undo(truth), standard.undo(run.outputs.values()[i])});
    low = std::min(low, truth);
    high = std::max(high, truth);
  }
  for (const double end : {low, high}) diagonal.points.push_back({standard.undo(end), standard.undo(end)});
  return chart("Answers", {.x_label = shorten(run.data.schema.to_learn().name, 40),
                           .y_label = "what the network says",
                           .lines = {diagonal},
                           .scatters = {points}});
}

// The held-out rows that were told worst, by their loss.
JsonText mistakes(const Run& run) {
  JsonText list = JsonText::written("[]");
  const Schema& schema = run.data.schema;
  const Part& part = run.data.held_out;
  if (!schema.classification()) return list;
  const Tensor probabilities = softmax(run.outputs);
  const std::vector<std::int32_t> said = predictions(run.outputs);
  const auto probability = [&](std::size_t i, std::int32_t c) {
    return probabilities.at({static_cast<std::int64_t>(i), c});
  };
  std::vector<std::size_t> wrong;
  for (std::size_t i = 0; i < said.size(); ++i) {
    if (said[i] != part.labels[i]) wrong.push_back(i);
  }
  std::ranges::stable_sort(wrong, {}, [&](std::size_t i) { return probability(i, part.labels[i]); });
  wrong.resize(std::min(wrong.size(), most_mistakes));
  const auto& names = schema.to_learn().categories;
  return json_list(wrong, [&](std::size_t i) -> JsonText {
    return {{"row", part.rows[i] + (schema.header ? 2 : 1)},
            {"label", names[static_cast<std::size_t>(part.labels[i])]},
            {"prediction", names[static_cast<std::size_t>(said[i])]},
            {"probability", {probability(i, said[i]), 4}}};
  });
}

}  // namespace

std::string result_text(const Run& run) {
  const Column& target = run.data.schema.to_learn();
  std::string result = text('\n', run.fit.history.size(), " epochs, the best of them ", run.fit.best_epoch, '\n');
  if (run.data.schema.classification()) {
    const Evaluation e = evaluation(run);
    const std::int32_t commonest = predictions(guess(run.data, run.data.held_out))[0];
    result +=
        text("held-out accuracy ", format_percent(e.accuracy()), " (", e.correct, " of ", e.count, "); ",
             format_percent(run.guess.score), " if one always says ",
             target.categories[static_cast<std::size_t>(commonest)], "\n\n", confusion_text(e, target.categories));
  } else {
    result += text("held-out error ", digits(run.score.score), " (root mean square, in the unit of ", target.name,
                   "); ", digits(run.guess.score), " if one always says ", digits(target.standard.mean), '\n');
  }
  if (run.options.report.empty()) return result + "\n--report FILE writes a page: curves, errors, which columns matter";
  return text(result, '\n', run.options.report, " shows curves, errors and which columns matter: open it in a browser");
}

std::string report_page(const Run& run) {
  const Schema& schema = run.data.schema;
  const bool classes = schema.classification();
  const auto size = [](const Part& part) { return part.rows.size(); };
  const JsonText json = {{"file", run.table.name},
                         {"target", schema.to_learn().name},
                         {"classes", classes ? JsonText(schema.to_learn().categories) : JsonText(nullptr)},
                         {"score", {run.score.score, 6}},
                         {"guess", {run.guess.score, 6}},
                         {"rows", std::array{size(run.data.train), size(run.data.validation), size(run.data.held_out)}},
                         {"epochs", run.fit.history.size()},
                         {"bestEpoch", run.fit.best_epoch},
                         {"seed", run.options.seed},
                         {"columns", describe(schema)},
                         {"curves", curves(run)},
                         {"confusion", classes ? JsonText(evaluation(run).confusion) : JsonText(nullptr)},
                         {"mistakes", mistakes(run)},
                         {"answers", classes ? "" : answers(run)},
                         {"importance", json_list(importance(run), [](const auto& column) -> JsonText {
                            return {{"name", column.first}, {"worse", {column.second, 4}}};
                          })}};
  return make_page("table.html", {{"run", json.str()}}, {table_files(), shared_page()});
}

}  // namespace gradus::examples::tables
