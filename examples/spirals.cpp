// Three spirals that wind around each other, and a small network that learns which arm a point is on.
#include <gradus/core/error.h>
#include <gradus/core/io/file.h>
#include <gradus/core/io/predictions.h>
#include <gradus/examples/command_line/arguments.h>
#include <gradus/examples/command_line/format.h>
#include <gradus/examples/data/spirals.h>
#include <gradus/examples/pages/svg.h>
#include <gradus/examples/training/evaluation.h>
#include <gradus/layers/batch_norm.h>
#include <gradus/layers/linear.h>
#include <gradus/layers/relu.h>
#include <gradus/layers/sequential.h>
#include <gradus/layers/state_guard.h>
#include <gradus/layers/summary.h>
#include <gradus/optim/adam.h>

#include <cmath>
#include <iomanip>
#include <iostream>
#include <numeric>

using namespace gradus;

constexpr int arms = 3;

constexpr examples::Interval kSide = {-1.25, 1.25};

// The plane as a grid of points, row by row: [cells * cells, 2].
Tensor grid(std::int64_t cells) {
  std::vector<Scalar> centers;
  const auto at = [&](std::int64_t i) {
    return static_cast<Scalar>(kSide.high * ((2.0 * static_cast<double>(i) + 1) / static_cast<double>(cells) - 1));
  };
  for (std::int64_t row = 0; row < cells; ++row) {
    for (std::int64_t column = 0; column < cells; ++column) {
      centers.push_back(at(column));
      centers.push_back(at(row));
    }
  }
  return Tensor({cells * cells, 2}, centers);
}

// The spirals, and the arm that each point of the grid is said to be on.
examples::Panel panel(const std::string& title, const std::vector<std::int32_t>& said, const examples::Spirals& data) {
  examples::Panel result{.title = title, .x_label = "x", .y_label = "y", .equal_units = true};
  const auto cells = static_cast<std::int64_t>(std::lround(std::sqrt(static_cast<double>(said.size()))));
  result.cells = {
      .x_range = kSide, .y_range = kSide, .columns = cells, .rows = cells, .colors = {said.begin(), said.end()}};
  for (int arm = 0; arm < arms; ++arm) {
    examples::Scatter points{.name = "arm " + std::to_string(arm), .color = arm, .radius = 3.5};
    for (std::int64_t i = 0; i < data.x.size(0); ++i) {
      if (data.labels[static_cast<std::size_t>(i)] == arm)
        points.points.push_back({data.x.at({i, 0}), data.x.at({i, 1})});
    }
    result.scatters.push_back(points);
  }
  return result;
}

std::vector<std::int32_t> seen_in_evaluation(Layer& model) { return predictions(examples::infer(model, grid(220))); }

// Each point of the grid in a batch of 12, whose other points are drawn from the data. Leaves the model as it is.
std::vector<std::int32_t> seen_in_training(Layer& model, const examples::Spirals& data, Rng& rng) {
  const ModeGuard training(model, true);
  const StateGuard state(model);
  const Tensor points = grid(110);
  std::vector<std::int32_t> said;
  for (std::int64_t i = 0; i < points.size(0); ++i) {
    std::vector<Scalar> batch = {points.at({i, 0}), points.at({i, 1})};
    for (int other = 1; other < 12; ++other) {
      const std::int64_t j = rng.below(data.x.size(0));
      for (std::int64_t axis : {0, 1}) batch.push_back(data.x.at({j, axis}));
    }
    Tape tape(Recording::off);
    said.push_back(predictions(model(tape.input(Tensor({12, 2}, batch))).value())[0]);
  }
  return said;
}

// What a program measures that has forgotten model.eval(), with batches of this size in a random order: the layers
// normalize by each batch, and go on moving their running estimates.
double accuracy_in_training(Layer& model, const examples::Spirals& data, std::size_t batch_size, Rng& rng) {
  const ModeGuard training(model, true);
  std::vector<std::int32_t> order(data.labels.size());
  std::iota(order.begin(), order.end(), 0);
  rng.shuffle(std::span(order));
  std::int64_t correct = 0;
  for (std::size_t first = 0; first < order.size(); first += batch_size) {
    std::vector<Scalar> x;
    std::vector<std::int32_t> labels;
    for (const std::int32_t i : std::span(order).subspan(first, std::min(batch_size, order.size() - first))) {
      for (std::int64_t axis : {0, 1}) x.push_back(data.x.at({i, axis}));
      labels.push_back(data.labels[static_cast<std::size_t>(i)]);
    }
    Tape tape(Recording::off);
    const Tensor points({static_cast<std::int64_t>(labels.size()), 2}, x);
    correct += count_correct(model(tape.input(points)).value(), labels);
  }
  return static_cast<double>(correct) / static_cast<double>(order.size());
}

int run(int argc, char** argv) {
  int points = 120, steps = 500;
  double noise = 0.02, learning_rate = 0.003;
  std::uint64_t seed = 1;
  std::string svg;
  bool forget_eval = false;
  examples::Arguments arguments("spirals", "Teaches a small network to tell three interleaved spirals apart.");
  arguments.add("--points", "N", "points on each spiral", points, examples::range(2, 10000));
  arguments.add("--noise", "X", "how far points stray, the spirals' radius being 1", noise, examples::range(0, 1));
  arguments.add("--steps", "N", "training steps, each on all points", steps, examples::range(0, 100000));
  arguments.add("--lr", "X", "learning rate", learning_rate, examples::above(0));
  arguments.add("--seed", "N", "of the points and the first weights", seed);
  arguments.add("--svg", "FILE", "write a picture of what was learned", svg);
  arguments.add_flag("--forget-eval",
                     "see what it measures without model.eval(), in batches of several sizes; --svg draws it",
                     forget_eval);
  arguments.parse(argc, argv);
  if (!svg.empty()) check_writable(svg);

  Rng rng(seed);
  const examples::Spirals train = examples::spirals(points, arms, 1.25, noise, rng);
  const examples::Spirals test = examples::spirals(points, arms, 1.25, noise, rng);

  Sequential model;
  model.add<Linear>(2, 32, rng, LinearOptions{.bias = false});
  model.add<BatchNorm1d>(32);
  model.add<ReLU>();
  model.add<Linear>(32, 32, rng, LinearOptions{.bias = false});
  model.add<BatchNorm1d>(32);
  model.add<ReLU>();
  model.add<Linear>(32, arms, rng);
  Adam optimizer(model.parameters(), {.learning_rate = learning_rate});
  std::cout << summary(model, {1, 2}) << '\n' << "  step     loss   training points   new points\n";

  const auto report = [&](int step, double loss) {
    const auto percent = [&](const examples::Spirals& s) {
      return examples::format_percent(accuracy(examples::infer(model, s.x), s.labels));
    };
    std::cout << std::setw(6) << step << std::setw(9) << examples::format_fixed(loss, 4) << std::setw(18)
              << percent(train) << std::setw(13) << percent(test) << std::endl;
  };

  Tape tape;
  for (int step = 1; step <= steps; ++step) {
    tape.clear();
    const Variable loss = cross_entropy(model(tape.input(train.x)), train.labels);
    optimizer.zero_grad();
    if (!std::isfinite(loss.item())) {
      throw std::runtime_error(
          text("the loss is not finite at step ", step, ": try a lower --lr than ", learning_rate));
    }
    tape.backward(loss);
    optimizer.step();
    if (step % std::max(steps / 10, 1) == 0) report(step, loss.item());
  }

  const std::string final_accuracy = examples::format_percent(accuracy(examples::infer(model, test.x), test.labels));
  std::cout << "\naccuracy on new points " << final_accuracy << '\n';
  examples::Chart picture{.title = "Spirals, and what the network says of the plane",
                          .subtitle = final_accuracy + " of new points are told apart",
                          .columns = 1,
                          .panel_width = 640,
                          .panel_height = 640};
  if (!svg.empty()) picture.panels.push_back(panel("", seen_in_evaluation(model), train));
  if (forget_eval) {
    if (!svg.empty()) {
      Rng others(seed);
      picture.panels.push_back(
          panel("without model.eval(), in batches of 12", seen_in_training(model, test, others), train));
    }
    for (const std::size_t batch_size : {120u, 12u, 2u}) {
      const double found = accuracy_in_training(model, test, batch_size, rng);
      std::cout << "without model.eval(), in batches of " << std::setw(3) << batch_size << ": "
                << examples::format_percent(found) << '\n';
    }
    const double after = accuracy(examples::infer(model, test.x), test.labels);
    std::cout << "with it again, after these tests: " << examples::format_percent(after) << '\n';
    if (!svg.empty()) {
      picture.panels[0].title = "with model.eval()";
      picture.panels.push_back(panel("with it again, after the tests", seen_in_evaluation(model), train));
      picture.columns = 3;
      picture.panel_width = picture.panel_height = 400;
    }
  }
  if (!svg.empty()) {
    write_file(svg, to_svg(picture));
    std::cout << "picture written to " << svg << '\n';
  }
  return 0;
}

int main(int argc, char** argv) { return examples::run_program(argc, argv, run); }
