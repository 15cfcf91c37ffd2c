#include <gradus/layers/tanh.h>

namespace gradus {

Variable Tanh::forward(const Variable& x) { return tanh(x); }

}  // namespace gradus
