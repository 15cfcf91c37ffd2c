#include <gradus/examples/batchnorm_derivation/features.h>

namespace batchnorm_derivation {

gradus::examples::Feature feature(const Batch& batch, std::int64_t index) {
  gradus::examples::Feature column{
      .x = {}, .g = {}, .gamma = batch.gamma[static_cast<std::size_t>(index)], .eps = batch.eps};
  for (std::int64_t i = 0; i < batch.n; ++i) {
    column.x.push_back(batch.x[batch.at(i, index)]);
    column.g.push_back(batch.g[batch.at(i, index)]);
  }
  return column;
}

}  // namespace batchnorm_derivation
