#include <gradus/core/autograd/variable.h>
#include <gradus/core/error.h>

#include <algorithm>

namespace gradus {

Indices::Indices(std::span<const std::int32_t> values, const Shape& shape, const Life* life)
    : shape_(shape), life_(life), generation_(life->generation) {
  if (static_cast<std::int64_t>(values.size()) != shape.count()) {
    fail("indices", "shape ", shape, " needs ", shape.count(), " values, got ", values.size());
  }
  storage_ = Storage(static_cast<std::int64_t>(values.size_bytes()));
  std::ranges::copy(values, static_cast<std::int32_t*>(storage_.data()));
}

}  // namespace gradus
