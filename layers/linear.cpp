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
    : weight_(register_parameter("weight", pytorch_default({positive("in", in), positive("out", out)}, in, rng),
                                 Layout::transposed)),
      bias_(options.bias ? &register_parameter("bias", pytorch_default({out}, in, rng)) : nullptr) {}

Variable Linear::forward(const Variable& x) {
  if (x.rank() != 2 || x.size(1) != in_features()) {
    fail("linear", "needs x [n, ", in_features(), "], got ", x.shape());
  }
  const Variable y = matmul(x, weight_);
  return bias_ ? y + *bias_ : y;
}

std::string Linear::describe() const {
  return text("Linear(", in_features(), ", ", out_features(), bias_ ? ")" : ", bias = false)");
}

}  // namespace gradus
