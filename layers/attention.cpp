#include <gradus/core/error.h>
#include <gradus/layers/attention.h>
#include <gradus/layers/initializers.h>

namespace gradus {
namespace {

Shape projections(std::int64_t width, std::int64_t heads) {
  if (width < 1 || heads < 1 || width % heads != 0) {
    fail("attention", heads, " heads do not divide a width of ", width);
  }
  return {3 * width, width};
}

}  // namespace

CausalSelfAttention::CausalSelfAttention(std::int64_t width, std::int64_t heads, Rng& rng)
    : width_(width),
      heads_(heads),
      in_weight_(register_parameter("in_proj_weight", pytorch_default(projections(width, heads), width, rng))),
      in_bias_(register_parameter("in_proj_bias", pytorch_default({3 * width}, width, rng))),
      out_(register_module<Linear>("out_proj", width, width, rng)) {}

Variable CausalSelfAttention::forward(const Variable& x) {
  if (x.rank() != 3 || x.size(2) != width_) fail("attention", "needs x [n, t, ", width_, "], got ", x.shape());
  return out_(causal_attention(linear(x, in_weight_, in_bias_), heads_, &weights_));
}

std::string CausalSelfAttention::describe() const {
  return text("CausalSelfAttention(", width_, ", ", heads_, " heads)");
}

}  // namespace gradus
