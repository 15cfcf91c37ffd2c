#include <gradus/layers/initializers.h>

#include <cmath>

namespace gradus {
namespace {

Scalar root(double x) { return static_cast<Scalar>(std::sqrt(x)); }

Tensor symmetric(const Shape& shape, Scalar bound, Rng& rng) { return rng.uniform(shape, -bound, bound); }

}  // namespace

Tensor pytorch_default(const Shape& shape, std::int64_t fan_in, Rng& rng) {
  return symmetric(shape, root(1.0 / static_cast<double>(fan_in)), rng);
}

Tensor kaiming_normal(std::int64_t fan_in, std::int64_t fan_out, Rng& rng) {
  return rng.normal({fan_out, fan_in}, 0, root(2.0 / static_cast<double>(fan_in)));
}

Tensor kaiming_uniform(std::int64_t fan_in, std::int64_t fan_out, Rng& rng) {
  return symmetric({fan_out, fan_in}, root(6.0 / static_cast<double>(fan_in)), rng);
}

Tensor xavier_normal(std::int64_t fan_in, std::int64_t fan_out, Rng& rng) {
  return rng.normal({fan_out, fan_in}, 0, root(2.0 / static_cast<double>(fan_in + fan_out)));
}

Tensor xavier_uniform(std::int64_t fan_in, std::int64_t fan_out, Rng& rng) {
  return symmetric({fan_out, fan_in}, root(6.0 / static_cast<double>(fan_in + fan_out)), rng);
}

}  // namespace gradus
