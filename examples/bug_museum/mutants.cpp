// Compiled for double.
#include <gradus/core/error.h>
#include <gradus/examples/bug_museum/mutants.h>
#include <gradus/examples/custom_layer/rms_norm.h>
#include <gradus/examples/mutate/mutate.h>
#include <gradus/layers/batch_norm.h>
#include <gradus/layers/conv2d.h>
#include <gradus/layers/layer_norm.h>
#include <gradus/layers/linear.h>

#include <ostream>

namespace gradus::examples {
namespace {

struct Subject {
  std::string_view name;
  std::unique_ptr<Layer> (*layer)(Rng& rng);
  Shape x;
};

template <class L>
std::unique_ptr<Layer> made(Rng&) {
  return std::make_unique<L>(4);
}

const Subject subjects[] = {
    {"Linear", [](Rng& rng) -> std::unique_ptr<Layer> { return std::make_unique<Linear>(4, 4, rng); }, {5, 4}},
    {"BatchNorm1d", made<BatchNorm1d>, {5, 4}},
    {"LayerNorm", [](Rng&) -> std::unique_ptr<Layer> { return std::make_unique<LayerNorm>(4); }, {5, 4}},
    {"RMSNorm", made<RMSNorm>, {5, 4}},
    {"ComposedRMSNorm", made<ComposedRMSNorm>, {5, 4}},
    {"Conv2d", [](Rng& rng) -> std::unique_ptr<Layer> { return std::make_unique<Conv2d>(2, 2, 3, rng); }, {3, 2, 4, 4}},
};

}  // namespace

std::vector<std::string> mutable_layers() {
  std::vector<std::string> names;
  for (const Subject& subject : subjects) names.emplace_back(subject.name);
  return names;
}

void show_mutants(std::ostream& out, const std::string& layer, std::uint64_t seed) {
  for (const Subject& subject : subjects) {
    if (subject.name != layer) continue;
    Rng rng(seed);
    const std::unique_ptr<Layer> made = subject.layer(rng);
    for (Parameter* p : made->parameters()) {
      if (p->value().rank() == 1) p->set_value(rng.uniform(p->shape(), Scalar(0.5), Scalar(2)));  // not 1, not 0
    }
    out << mutate(*made, rng.normal(subject.x), seed);
    return;
  }
  fail("mutate", "no layer ", layer);
}

}  // namespace gradus::examples
