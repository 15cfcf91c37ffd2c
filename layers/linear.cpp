#include <gradus/core/error.h>
#include <gradus/layers/initializers.h>
#include <gradus/layers/linear.h>

namespace gradus {
namespace {

std::int64_t positive(const char* what, std::int64_t size) {
  if (size <= 0) fail("linear", what, " must be positive, got ", size);
  return size;
}

}  // namespace

Linear::Linear(std::int64_t in, std::int64_t out, Rng& rng, const LinearOptions& options)
    : weight_(register_parameter("weight", pytorch_default({positive("out", out), positive("in", in)}, in, rng))),
      bias_(options.bias ? &register_parameter("bias", pytorch_default({out}, in, rng)) : nullptr) {}

std::string Linear::describe() const {
  return text("Linear(", in_features(), ", ", out_features(), bias_ ? ")" : ", bias = false)");
}

}  // namespace gradus
