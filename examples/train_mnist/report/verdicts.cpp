#include <gradus/core/io/predictions.h>
#include <gradus/examples/train_mnist/report/verdicts.h>

#include <algorithm>

namespace gradus::examples {

std::vector<Verdict> verdicts(Layer& model, Batches& batches, std::int64_t most) {
  const ModeGuard evaluation_mode(model, false);
  std::vector<Verdict> all;
  Tape tape(Recording::off);
  for (std::int64_t i = 0; i < std::min(most, batches.all()); ++i) {
    const Batch batch = batches[i];
    const Tensor logits = model(tape.input(batch.images)).value();
    const Tensor log_probabilities = log_softmax(logits);
    const std::vector<std::int32_t> predicted = predictions(logits);
    for (std::size_t row = 0; row < predicted.size(); ++row) {
      Verdict v{.image = batches.order()[all.size()], .label = batch.labels[row], .prediction = predicted[row]};
      const auto r = static_cast<std::int64_t>(row);
      const Tensor own = log_probabilities.rows(r, r + 1);
      v.loss = -own.at({0, v.label});
      if (v.prediction != v.label) {
        const Tensor p = exp(own);
        v.probabilities.assign(p.values().begin(), p.values().end());
      }
      all.push_back(std::move(v));
    }
  }
  return all;
}

}  // namespace gradus::examples
