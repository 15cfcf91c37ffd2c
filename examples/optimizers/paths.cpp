#include <gradus/core/autograd/ops.h>
#include <gradus/core/tensor/random.h>
#include <gradus/examples/optimizers/paths.h>
#include <gradus/optim/muon.h>
#include <gradus/optim/rmsprop.h>
#include <gradus/optim/schedule.h>
#include <gradus/optim/sgd.h>

#include <memory>
#include <stdexcept>

namespace optimizer_paths {
namespace {

using namespace gradus;

Variable square(const Variable& x) { return x * x; }

// The formulas once more: page/surfaces.js.
Variable value(const std::string& surface, const Variable& w) {  // w [1, 2]
  const Variable x = slice(w, 1, 0, 1), y = slice(w, 1, 1, 2);
  const Variable across = x - 1, up = y - 0.5;
  if (surface == "valley") return (square(across) + square(up) * 25) * 0.5;
  if (surface == "turned") return (square(across + up) + square(up - across) * 25) * 0.25;
  if (surface == "curved") return square(across) * 0.5 + square(y - square(x)) * 5;
  if (surface == "saddle") return square(x) * 0.5 + square(square(y) - 1) * 0.25;
  if (surface == "plateau") return 1 - exp(-(square(across) + square(up)));
  if (surface == "noise") return (square(across) + square(up) * 4) * 0.5;
  throw std::logic_error("no surface " + surface);
}

std::unique_ptr<Optimizer> optimizer(const Method& method, Parameter& w) {
  const auto& [rate, momentum, squares, decay] = method.settings;
  const AdamOptions adam = {.learning_rate = rate, .beta1 = momentum, .beta2 = squares, .weight_decay = decay};
  if (method.name == "adam") return std::make_unique<Adam>(ParameterGroups{&w}, adam);
  if (method.name == "adamw") return std::make_unique<AdamW>(ParameterGroups{&w}, adam);
  if (method.name == "rmsprop") {
    return std::make_unique<RMSprop>(ParameterGroups{&w}, RMSpropOptions{.learning_rate = rate, .alpha = squares});
  }
  if (method.name == "muon") {
    return std::make_unique<Muon>(ParameterGroups{&w},
                                  MuonOptions{.learning_rate = rate, .momentum = momentum, .weight_decay = 0});
  }
  const bool nesterov = method.name == "nesterov";
  return std::make_unique<SGD>(ParameterGroups{&w},
                               SGDOptions{.learning_rate = rate, .momentum = momentum, .nesterov = nesterov});
}

}  // namespace

const std::vector<Surface>& surfaces() {
  static const std::vector<Surface> list = {{"valley", {-1.5, -1}, 0},  {"turned", {-1.8284, -0.2071}, 0},
                                            {"curved", {-1.2, 1}, 0},   {"saddle", {-1.6, 0.001}, 0},
                                            {"plateau", {-1, -0.5}, 0}, {"noise", {-1.5, -1}, 2}};
  return list;
}

const std::vector<Method>& methods() {
  static const std::vector<Method> list = {{"sgd", {.rate = 0.04}},
                                           {"momentum", {.rate = 0.01, .momentum = 0.9}},
                                           {"nesterov", {.rate = 0.01, .momentum = 0.9}},
                                           {"rmsprop", {.rate = 0.03, .squares = 0.9}},
                                           {"adam", {.rate = 0.1, .momentum = 0.9, .squares = 0.999}},
                                           {"adamw", {.rate = 0.1, .momentum = 0.9, .squares = 0.999, .decay = 0.1}},
                                           {"muon", {.rate = 0.05, .momentum = 0.95}}};
  return list;
}

Path follow(const Surface& surface, const Method& method, int steps, std::span<const double> noise, int one_cycle) {
  Parameter w("w", Tensor({1, 2}, {surface.start[0], surface.start[1]}));
  const std::unique_ptr<Optimizer> rule = optimizer(method, w);
  const Schedule schedule = one_cycle > 0 ? one_cycle_schedule(one_cycle) : constant_schedule();
  Path path;
  Tape tape;
  for (int step = 0; step <= steps; ++step) {
    const Variable loss = value(surface.name, tape.parameter(w));
    path.points.push_back({w.value().at({0, 0}), w.value().at({0, 1})});
    path.loss.push_back(loss.item());
    if (step == steps) break;
    const auto at = static_cast<std::size_t>(2 * step);
    const Tensor push({1, 2}, {surface.noise * noise[at], surface.noise * noise[at + 1]});
    rule->zero_grad();
    tape.backward(loss + sum(w * tape.input(push)));  // adds the noise to the slope
    rule->set_learning_rate(method.settings.rate * schedule(step));
    rule->step();
    tape.clear();
  }
  return path;
}

std::vector<double> normal_numbers(int count, std::uint64_t seed) {
  Rng rng(seed);
  std::vector<double> numbers;
  for (int i = 0; i < count; ++i) numbers.push_back(rng.normal());
  return numbers;
}

}  // namespace optimizer_paths
