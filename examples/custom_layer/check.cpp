#include <gradus/examples/custom_layer/check.h>
#include <gradus/examples/custom_layer/rms_norm.h>
#include <gradus/examples/mutate/mutate.h>
#include <gradus/layers/gradcheck.h>

#include <ostream>

namespace gradus::examples {
namespace {

template <class Norm>
bool check(std::ostream& out) {
  Rng rng(1);
  Norm layer(4);
  // Not 1, as it is at first: a backward that forgets the gain would be right by accident.
  layer.parameters()[0]->set_value(rng.uniform({4}, Scalar(0.5), Scalar(2)));
  const GradcheckReport report = gradcheck(layer, rng.normal({3, 4}));
  out << "  " << layer.kind();
  if (report.ok)
    out << ": all agree, worst difference " << report.worst_error << " of the largest gradient\n";
  else
    out << ": " << report.message << '\n';
  return report.ok;
}

}  // namespace

bool check_gradients(std::ostream& out) {
  const bool composed = check<ComposedRMSNorm>(out);
  const bool by_hand = check<RMSNorm>(out);
  return composed && by_hand;
}

void show_mutants(std::ostream& out, std::uint64_t seed) {
  Rng rng(seed);
  RMSNorm layer(4);
  layer.parameters()[0]->set_value(rng.uniform({4}, Scalar(0.5), Scalar(2)));
  out << mutate(layer, rng.normal({4, 4}), seed);
}

}  // namespace gradus::examples
