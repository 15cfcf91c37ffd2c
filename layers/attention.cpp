#include <gradus/core/error.h>
#include <gradus/layers/attention.h>
#include <gradus/layers/initializers.h>

#include <algorithm>
#include <cmath>
#include <limits>

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
  const std::int64_t n = x.size(0), t = x.size(1), d = width_ / heads_;

  // Each third of the weights makes one of the three: [n, t, width] -> [n, t, heads, d]
  const auto projected = [&](std::int64_t third) {
    const std::int64_t first = third * width_, last = first + width_;
    return reshape(linear(x, rows(in_weight_, first, last), rows(in_bias_, first, last)), {n, t, heads_, d});
  };
  const Variable q = permute(projected(0), {0, 2, 1, 3});             // [n, heads, t, d]
  const Variable k_transposed = permute(projected(1), {0, 2, 3, 1});  // [n, heads, d, t]
  const Variable v = permute(projected(2), {0, 2, 1, 3});             // [n, heads, t, d]

  Tensor past = Tensor::zeros({t, t});  // 1 where a position (a row) may look
  for (std::int64_t i = 0; i < t; ++i) std::fill_n(past.mutable_data() + i * t, i + 1, Scalar{1});
  const Variable scores = matmul(q, k_transposed) * (1 / std::sqrt(static_cast<Scalar>(d)));
  const Variable weights = softmax(where(past, scores, -std::numeric_limits<Scalar>::infinity()));
  weights_ = weights.value();

  // [n, heads, t, d] -> [n, t, width]
  return out_(reshape(permute(matmul(weights, v), {0, 2, 1, 3}), {n, t, width_}));
}

std::string CausalSelfAttention::describe() const {
  return text("CausalSelfAttention(", width_, ", ", heads_, " heads)");
}

}  // namespace gradus
