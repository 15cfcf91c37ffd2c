#include <gradus/core/error.h>
#include <gradus/layers/conv2d.h>
#include <gradus/layers/initializers.h>

namespace gradus {
namespace {

// Of the weight, checked.
Shape filters(std::int64_t in, std::int64_t out, std::int64_t kernel) {
  if (in < 1 || out < 1 || kernel < 1) {
    fail("conv2d", "channels and kernel must be positive, got in ", in, ", out ", out, ", kernel ", kernel);
  }
  return {out, in, kernel, kernel};
}

}  // namespace

Conv2d::Conv2d(std::int64_t in, std::int64_t out, std::int64_t kernel, Rng& rng, const Conv2dOptions& options)
    : options_(options),
      weight_(register_parameter("weight", pytorch_default(filters(in, out, kernel), in * kernel * kernel, rng))),
      bias_(options.bias ? &register_parameter("bias", pytorch_default({out}, in * kernel * kernel, rng)) : nullptr) {}

Variable Conv2d::forward(const Variable& x) {
  const Conv2dStep step{options_.stride, options_.padding};
  return bias_ ? conv2d(x, weight_, *bias_, step) : conv2d(x, weight_, step);
}

std::string Conv2d::describe() const {
  const Shape& shape = weight_.shape();
  return text("Conv2d(", shape[1], ", ", shape[0], ", ", shape[2],
              options_.stride == 1 ? "" : text(", stride = ", options_.stride),
              options_.padding ? text(", padding = ", options_.padding) : "", bias_ ? ")" : ", bias = false)");
}

}  // namespace gradus
