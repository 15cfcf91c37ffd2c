#include <gradus/core/error.h>
#include <gradus/layers/sequential.h>

namespace gradus {

void Sequential::check_first() const {
  if (!children().empty()) fail("sequential", "a layer that takes Indices can only come first");
}

Variable Sequential::run(Variable x) const {
  for (Layer* layer : layers_) x = (*layer)(x);
  return x;
}

Variable Sequential::forward(const Variable& x) {
  if (first_) fail("sequential", "its first layer, ", first_->kind(), ", takes Indices, got x ", x.shape());
  return run(x);
}

Variable Sequential::operator()(const Indices& indices) {
  return call(indices, [&] {
    if (!first_) fail("sequential", "its first layer does not take Indices, got ", indices.shape());
    return run((*first_)(indices));
  });
}

}  // namespace gradus
