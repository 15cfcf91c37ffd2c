#include <gradus/layers/relu.h>

namespace gradus {

Variable ReLU::forward(const Variable& x) { return relu(x); }

}  // namespace gradus
