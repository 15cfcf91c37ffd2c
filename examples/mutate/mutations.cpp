#include <gradus/core/tensor/arithmetic.h>
#include <gradus/examples/mutate/mutations.h>

#include <algorithm>
#include <array>

namespace gradus::examples {
namespace {

std::int64_t rows_of(const Tensor& t) { return t.rank() > 0 ? t.size(0) : 1; }

Tensor averaged(const Contribution& c) {
  if (rows_of(c.dx) != c.samples || c.dx.rank() < 2) return c.dx / static_cast<Scalar>(c.samples);  // of a parameter
  return broadcast_to(mean(c.dx, {0}, Reduced::kept), c.dx.shape());
}

Tensor shifted(const Contribution& c) {
  Tensor result = c.dx;
  const auto row = c.dx.count() / std::max<std::int64_t>(rows_of(c.dx), 1);
  const std::span<Scalar> values = result.mutable_values();
  std::rotate(values.begin(), values.begin() + row, values.end());
  return result;
}

Tensor last_row_missing(const Contribution& c) {
  if (rows_of(c.dx) < 2) return c.dx;
  Tensor result = c.dx;
  std::ranges::fill(result.mutable_values().last(static_cast<std::size_t>(c.dx.count() / rows_of(c.dx))), Scalar(0));
  return result;
}

Tensor transposed(const Contribution& c) {
  const int rank = c.dx.rank();
  return rank < 2 || c.dx.size(-1) != c.dx.size(-2) ? c.dx : transpose(c.dx, rank - 2, rank - 1);
}

Tensor zero(const Contribution& c) { return Tensor::zeros(c.dx.shape()); }

constexpr std::array<Mutation, 10> all = {{
    {"dropped", zero},
    {"negated", [](const Contribution& c) { return -c.dx; }},
    {"doubled", [](const Contribution& c) { return c.dx * 2; }},
    {"averaged over the batch", averaged},
    {"dy passed on as it is", [](const Contribution& c) { return c.dy.shape() == c.dx.shape() ? c.dy : c.dx; }},
    {"rows shifted by one", shifted},
    {"last row missing", last_row_missing},
    {"transposed", transposed},
    {"taken from the last call", [](const Contribution& c) { return c.latest ? *c.latest : c.dx; }},
    {"only at the first call", [](const Contribution& c) { return c.call == 0 ? c.dx : zero(c); }},
}};

}  // namespace

std::span<const Mutation> mutations() { return all; }

}  // namespace gradus::examples
