#include <gradus/core/io/predictions.h>

#include <algorithm>

namespace gradus {

std::vector<std::int32_t> predictions(const Tensor& logits) {
  const std::int64_t classes = logits.size(1);
  std::vector<std::int32_t> result;
  for (std::int64_t row = 0; row < logits.size(0); ++row) {
    const Scalar* first = logits.data() + row * classes;
    result.push_back(static_cast<std::int32_t>(std::max_element(first, first + classes) - first));
  }
  return result;
}

std::int64_t count_correct(const Tensor& logits, std::span<const std::int32_t> labels) {
  const std::vector<std::int32_t> said = predictions(logits);
  std::int64_t correct = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) correct += said[i] == labels[i];
  return correct;
}

double accuracy(const Tensor& logits, std::span<const std::int32_t> labels) {
  return static_cast<double>(count_correct(logits, labels)) / static_cast<double>(labels.size());
}

}  // namespace gradus
