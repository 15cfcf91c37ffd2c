// What a classifier says, and how often it is right.
#pragma once

#include <gradus/core/tensor/tensor.h>

#include <cstdint>
#include <span>
#include <vector>

namespace gradus {

constexpr std::int32_t no_class = -1;

// The column of the largest of each row of logits [n, classes]; the first of several. A NaN is never the largest: a row
// of nothing else has no_class.
std::vector<std::int32_t> predictions(const Tensor& logits);

// In how many rows that is the label, and in which fraction of them; n labels, n > 0 for a fraction.
std::int64_t count_correct(const Tensor& logits, std::span<const std::int32_t> labels);
double accuracy(const Tensor& logits, std::span<const std::int32_t> labels);

}  // namespace gradus
