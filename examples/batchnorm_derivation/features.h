// From the batch to its features, one column each, as the equations take them.
#pragma once

#include <gradus/examples/batchnorm_derivation/batch.h>
#include <gradus/examples/support/batch_norm_equations.h>

namespace batchnorm_derivation {

gradus::examples::Feature feature(const Batch& batch, std::int64_t index);

// f(feature) gives n values; all columns side by side are [n, c].
template <class F>
Values for_each_feature(const Batch& batch, const F& f) {
  Values result(batch.x.size());
  for (std::int64_t index = 0; index < batch.c; ++index) {
    const std::vector<double> column = f(feature(batch, index));
    for (std::int64_t i = 0; i < batch.n; ++i) result[batch.at(i, index)] = column[static_cast<std::size_t>(i)];
  }
  return result;
}

}  // namespace batchnorm_derivation
