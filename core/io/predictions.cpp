#include <gradus/core/error.h>
#include <gradus/core/io/predictions.h>

#include <cmath>

namespace gradus {

std::vector<std::int32_t> predictions(const Tensor& logits) {
  if (logits.rank() != 2) fail("predictions", "needs logits [n, classes], got ", logits.shape());
  const std::int64_t classes = logits.size(1);
  std::vector<std::int32_t> result;
  for (std::int64_t row = 0; row < logits.size(0); ++row) {
    const Scalar* x = logits.data() + row * classes;
    std::int32_t largest = no_class;
    for (std::int32_t c = 0; c < classes; ++c) {
      if (largest == no_class ? !std::isnan(x[c]) : x[c] > x[largest]) largest = c;
    }
    result.push_back(largest);
  }
  return result;
}

std::int64_t count_correct(const Tensor& logits, std::span<const std::int32_t> labels) {
  const std::vector<std::int32_t> said = predictions(logits);
  if (said.size() != labels.size()) {
    fail("count_correct", "logits ", logits.shape(), " need a label for each row, got ", labels.size(), " labels");
  }
  std::int64_t correct = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) correct += said[i] == labels[i];
  return correct;
}

double accuracy(const Tensor& logits, std::span<const std::int32_t> labels) {
  return static_cast<double>(count_correct(logits, labels)) / static_cast<double>(labels.size());
}

}  // namespace gradus
