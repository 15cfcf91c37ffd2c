#include <gradus/core/io/predictions.h>
#include <gradus/examples/train_mnist/report/mistakes.h>

namespace gradus::examples {

Evaluation find_mistakes(Layer& model, Batches& batches, std::int64_t most, std::vector<Mistake>& mistakes) {
  std::size_t position = 0;  // in the order of the batches
  const auto look = [&](const Batch& batch, const Tensor& logits) {
    const Tensor log_probabilities = log_softmax(logits);
    const std::vector<std::int32_t> predicted = predictions(logits);
    for (std::size_t row = 0; row < predicted.size(); ++row, ++position) {
      if (predicted[row] == batch.labels[row] || predicted[row] == no_class) continue;
      const auto r = static_cast<std::int64_t>(row);
      const Tensor own = log_probabilities.rows(r, r + 1), p = exp(own);
      mistakes.push_back({.image = batches.order()[position],
                          .label = batch.labels[row],
                          .prediction = predicted[row],
                          .loss = -own.at({0, batch.labels[row]}),
                          .probabilities = {p.values().begin(), p.values().end()}});
    }
  };
  return evaluate(model, batches, {.most = most, .look = look});
}

}  // namespace gradus::examples
