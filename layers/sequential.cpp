#include <gradus/layers/sequential.h>

namespace gradus {

Variable Sequential::forward(const Variable& x) {
  Variable y = x;
  for (const auto& layer : children()) y = (*layer)(y);
  return y;
}

}  // namespace gradus
