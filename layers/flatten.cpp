#include <gradus/layers/flatten.h>

namespace gradus {

Variable Flatten::forward(const Variable& x) { return flatten(x); }

}  // namespace gradus
