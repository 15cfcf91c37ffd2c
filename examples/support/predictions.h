// What a classifier says, and how often it is right.
#pragma once

#include <gradus/core/tensor.h>

#include <cstdint>
#include <span>
#include <vector>

namespace gradus::examples {

// The column of the largest of each row of logits [n, classes]; the first of several.
std::vector<std::int32_t> predictions(const Tensor& logits);

// The fraction of rows in which that is the label; n labels, n > 0.
double accuracy(const Tensor& logits, std::span<const std::int32_t> labels);

}  // namespace gradus::examples
