#include <gradus/layers/sigmoid.h>

namespace gradus {

Variable Sigmoid::forward(const Variable& x) { return sigmoid(x); }

}  // namespace gradus
