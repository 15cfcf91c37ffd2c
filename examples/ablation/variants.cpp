#include <gradus/core/error.h>
#include <gradus/core/tensor/arithmetic.h>
#include <gradus/examples/ablation/variants.h>
#include <gradus/examples/command_line/format.h>
#include <gradus/layers/initializers.h>

#include <algorithm>
#include <cmath>

namespace gradus::examples {
namespace {

Variant changed(const Options& recipe, std::string name, std::string text, const auto& change,
                InitialWeights weights = InitialWeights::usual) {
  Variant variant{.name = std::move(name), .text = std::move(text), .options = recipe, .weights = weights};
  change(variant.options);
  return variant;
}

// With label smoothing e the least loss is that of a network that says exactly the smoothed target: 1 - e + e / K for
// the label and e / K for each other class.
std::string smoothing_text(double e, int classes) {
  const double other = e / classes, label = 1 - e + other;
  const double floor = -label * std::log(label) - (classes - 1) * other * std::log(other);
  return text(
      "Without it the target is 1 for the label and 0 for the rest, which a softmax reaches only with infinite logits: "
      "the loss goes on rewarding larger weights after every image is right. Smoothed by ",
      format_number(e), ", the target is ", format_fixed(label, 3), " and ", format_fixed(other, 3),
      ": logits that are ", format_fixed(std::log(label / other), 2),
      " apart are best, beyond that the gradient points back, and the training loss has a floor of ",
      format_fixed(floor, 3), ". Losses of the two are not comparable; accuracies are.");
}

std::vector<Variant> ingredients(const Options& recipe, int classes) {
  std::vector<Variant> list;
  const auto add = [&](auto... arguments) { list.push_back(changed(recipe, arguments...)); };
  const auto same = [](Options&) {};
  if (recipe.schedule != ScheduleKind::constant) {
    add("constant rate",
        "The schedule (one cycle in the default recipe) raises the rate over the first third of the training, when "
        "gradients say little about where the minimum is, and takes it to nearly zero at the end: large steps to get "
        "somewhere, small ones to settle. At a constant rate the weights keep jumping about as far as a step is long.",
        [](Options& o) { o.schedule = ScheduleKind::constant; });
  }
  add("no weight decay",
      "Each step shrinks the weights by a share of themselves, rate times decay, so that a weight which no gradient "
      "holds up fades. Before a batch normalization the size of the weights changes nothing of what comes out; there "
      "decay keeps them from growing, which would make every step count for less.",
      [](Options& o) { o.weight_decay = 0; });
  if (recipe.optimizer == OptimizerKind::adamw && recipe.weight_decay > 0) {
    add("coupled weight decay (Adam)",
        "AdamW shrinks a weight directly. Adam adds decay times weight to the gradient, and so divides it by the root "
        "of the mean square as well: where gradients are small the decay is as strong as the rate allows, where they "
        "are large it all but vanishes. The same number is another, mostly much stronger, decay.",
        [](Options& o) { o.optimizer = OptimizerKind::adam; });
  }
  add("no label smoothing", smoothing_text(recipe.label_smoothing, classes), [](Options& o) { o.label_smoothing = 0; });
  add("no dropout",
      "Dropout zeroes each hidden unit with some probability, anew for every image and step, so that no unit can rely "
      "on a particular other. It makes the training accuracy worse and is meant to make the accuracy on other images "
      "better: look at how far the two are apart.",
      [](Options& o) { o.dropout = 0; });
  const char* const batch_norm =
      "Batch normalization gives every unit mean 0 and deviation 1 over the batch before the ReLU, whatever the "
      "weights before it do. That permits rates that would otherwise be too high, and takes from the initial weights "
      "most of their importance.";
  add("no batch normalization", batch_norm, [](Options& o) { o.no_bn = true; });
  add("Kaiming's initial weights",
      "The layers begin as PyTorch's, uniform with deviation sqrt(1 / (3 inputs)). Kaiming's sqrt(2 / inputs) is the "
      "deviation at which activations keep their size through ReLUs, layer by layer. A normalization after each layer "
      "sees to that anyway.",
      same, InitialWeights::kaiming);
  add("initial weights × 10",
      "Ten times larger. Before a batch normalization the factor falls out of what is computed, but a step of the same "
      "length now turns the weights a tenth as far. The last layer has no normalization: its first logits are too "
      "large, and so is the first loss.",
      same, InitialWeights::large);
  add("initial weights 0",
      "Units that begin alike get the same gradients and stay alike; from zero not even that: the last layer's "
      "weights pass no gradient back, and the layers before give it nothing to learn from but the bias. This is why "
      "weights begin at random.",
      same, InitialWeights::zero);
  add(
      "initial weights × 10, no batch norm.",
      "Two replaced at once, to see what the normalization hides: without it the factor of ten multiplies from layer "
      "to layer.",
      [](Options& o) { o.no_bn = true; }, InitialWeights::large);
  return list;
}

std::vector<Variant> optimizers(const Options& recipe) {
  std::vector<Variant> list;
  const auto add = [&](const char* name, const char* text, OptimizerKind kind, double momentum = 0.9) {
    list.push_back(changed(recipe, name, text, [&](Options& o) {
      o.optimizer = kind;
      o.momentum = momentum;
      if (kind != recipe.optimizer) o.learning_rate = default_rate(o);
    }));
  };
  add("sgd without momentum",
      "w <- w - rate g. Nothing is kept. One rate for all weights, however different their gradients are; weight decay "
      "is added to the gradient.",
      OptimizerKind::sgd, 0);
  add("sgd, momentum 0.9",
      "v <- 0.9 v + g, w <- w - rate v. What points the same way for ten steps is taken ten times, what changes its "
      "sign cancels.",
      OptimizerKind::sgd);
  add("rmsprop",
      "Keeps a running mean of each gradient's square and divides by its root: every weight moves by about the rate. "
      "The weight decay is added to the gradient, so it is divided as well.",
      OptimizerKind::rmsprop);
  add("adam",
      "RMSprop with a running mean of the gradient in place of the gradient, both corrected for having begun at 0. The "
      "weight decay is added to the gradient, so it is divided as well.",
      OptimizerKind::adam);
  add("adamw", "Adam, but decay shrinks the weights directly, undivided.", OptimizerKind::adamw);
  add("muon",
      "Momentum for matrices, made orthogonal before it is taken: all directions of a weight matrix move alike. "
      "AdamW's step for what is not a matrix, and AdamW's decay.",
      OptimizerKind::muon);
  return list;
}

}  // namespace

std::vector<Variant> variants(Comparison comparison, const Options& recipe, int classes) {
  std::vector<Variant> list = {{.name = "the recipe", .text = describe(recipe) + ".", .options = recipe}};
  list[0].text = list[0].text.substr(0, list[0].text.find(", seed")) + ".";
  auto others = comparison == Comparison::ingredients ? ingredients(recipe, classes) : optimizers(recipe);
  for (Variant& variant : others) {
    const auto same = [&](const Variant& other) { return key(other, 1) == key(variant, 1); };
    if (std::ranges::none_of(list, same)) list.push_back(std::move(variant));
  }
  return list;
}

std::string key(const Variant& variant, std::uint64_t seed) {
  constexpr const char* names[] = {"", " (Kaiming's initial weights)", " (initial weights × 10)",
                                   " (initial weights 0)"};
  Options options = variant.options;
  options.seed = seed;
  if (options.optimizer != OptimizerKind::sgd) options.momentum = 0;  // which nothing else looks at
  return configuration(options) + names[static_cast<int>(variant.weights)];
}

void initialize(Sequential& model, const Variant& variant, std::uint64_t seed) {
  if (variant.weights == InitialWeights::usual) return;
  Rng rng(seed);
  for (Parameter* parameter : model.parameters()) {
    const Shape shape = parameter->shape();
    if (shape.rank() < 2) continue;
    if (variant.weights == InitialWeights::kaiming) {
      parameter->set_value(kaiming_normal(shape.count() / shape[0], shape[0], rng).reshape(shape));
    } else {
      parameter->set_value(parameter->value() * Scalar(variant.weights == InitialWeights::large ? 10 : 0));
    }
  }
}

}  // namespace gradus::examples
