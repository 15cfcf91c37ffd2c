// What two tensors have to do with each other.
#pragma once

#include <gradus/core/tensor/tensor.h>

#include <cstdint>
#include <optional>

namespace gradus::exercises {

// Equal in shape and, but for rounding in double, in every element.
bool same(const Tensor& a, const Tensor& b);
// Whether element i is where they differ.
bool differs(const Tensor& got, const Tensor& expected, std::int64_t i);
// The largest difference of an element, in units of the largest expected one. REQUIRES: the same shape.
double largest_difference(const Tensor& got, const Tensor& expected);
// k if a = k b, element by element.
std::optional<double> ratio(const Tensor& a, const Tensor& b);

}  // namespace gradus::exercises
