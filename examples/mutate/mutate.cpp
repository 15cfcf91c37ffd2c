#include <gradus/core/error.h>
#include <gradus/core/tensor/arithmetic.h>
#include <gradus/examples/mutate/checks.h>
#include <gradus/examples/mutate/mutate.h>
#include <gradus/examples/mutate/mutations.h>
#include <gradus/layers/gradcheck.h>
#include <gradus/layers/state_guard.h>

#include <functional>
#include <map>

namespace gradus::examples {
namespace {

constexpr int training_steps = 240;
constexpr double worse = 1.5;  // a training as a test: its loss is this much higher

// The places of a layer's backward, in the order in which it reaches them, with their names.
std::map<Place, std::string> places(Layer& layer, const Tensor& x) {
  std::map<Place, std::string> found;
  const StateGuard state(layer);
  WatchedLayer watched(layer, [&](const Contribution& c) {
    std::string& name = found[c.place];
    name = text("d", c.input, " of ", c.operation, c.place.time > 0 ? ", again" : "");
    return c.dx;
  });
  Tape tape;
  const Variable y = watched(tape.variable(x));
  tape.backward(y, Tensor::full(y.shape(), 1));
  layer.zero_grad();
  // In a layer of several operations a name may come twice.
  std::map<std::string, int> times;
  for (const auto& [place, name] : found) ++times[name];
  for (auto& [place, name] : found) {
    if (times[name] > 1) name += text(" (operation ", place.operation + 1, ", input ", place.input + 1, ")");
  }
  return found;
}

// What is done to a layer, watched or not, by every check.
void examine(Layer& layer, const Tensor& x, const LayerFunction& f, std::uint64_t seed, Mutant& mutant) {
  const auto values = [&](const LayerFunction& function) {
    const StateGuard state(layer);
    Tape tape;
    return function(tape.variable(x)).value();
  };
  mutant.values = !(values(f) == values([&](const Variable& v) { return layer(v); }));
  mutant.sum = gradient_error(layer, f, x, [](const Variable& y) { return sum(y); }) > kObjection;
  mutant.squares = gradient_error(layer, f, x, [](const Variable& y) { return sum(y * y); }) > kObjection;
  const Differentiable differentiable = [&](const std::vector<Variable>& v) { return f(v[0]); };
  mutant.gradcheck = !gradcheck(layer, differentiable, {x}).ok;
  mutant.loss = loss_after_training(layer, f, x.shape(), training_steps, seed);
}

}  // namespace

MutationReport mutate(Layer& layer, const Tensor& x, std::uint64_t seed) {
  if (x.rank() < 2 || x.count() == 0)
    fail("mutate", "needs an x of several axes, the first of samples, got ", x.shape());
  const GradcheckReport as_it_is = gradcheck(layer, x);
  if (!as_it_is.ok) fail("mutate", "already as it is, ", as_it_is);
  MutationReport report{text(layer.describe(), ", x ", x.shape()), 0, {}};
  Mutant right;
  examine(
      layer, x, [&](const Variable& v) { return layer(v); }, seed, right);
  report.loss = right.loss;
  for (const auto& found : places(layer, x)) {
    for (const Mutation& mutation : mutations()) {
      Mutant mutant{.place = found.second, .mutation = std::string(mutation.name)};
      WatchedLayer watched(layer, [&](const Contribution& c) {
        if (c.place != found.first) return c.dx;
        const Tensor spoiled = mutation.spoiled(c);
        mutant.different |= !(spoiled == c.dx);
        return spoiled;
      });
      examine(layer, x, std::ref(watched), seed, mutant);
      mutant.loss /= report.loss;
      mutant.training = !(mutant.loss < worse);
      if (mutant.different) report.mutants.push_back(mutant);
    }
  }
  return report;
}

}  // namespace gradus::examples
