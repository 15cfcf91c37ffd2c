// How well a model does on images it was not trained on.
#pragma once

#include <gradus/core/io/batches.h>
#include <gradus/layers/layer.h>

#include <functional>
#include <limits>
#include <string>

namespace gradus::examples {

struct Evaluation {
  std::int64_t count = 0, correct = 0;
  std::int64_t unclassified = 0;  // whose logits are all NaN: in no cell of the confusion matrix
  double loss = 0;                // mean cross-entropy, without label smoothing
  int classes = 0;
  std::vector<std::int64_t> confusion;  // [classes, classes], label by prediction

  double accuracy() const { return static_cast<double>(correct) / static_cast<double>(count); }
};

struct EvaluationOptions {
  std::int64_t most = std::numeric_limits<std::int64_t>::max();  // batches, from the first on
  bool detect_anomaly = false;                                   // throw AnomalyError
  // Is shown each batch with what the model makes of it.
  std::function<void(const Batch& batch, const Tensor& logits)> look = {};
};

// Runs the model in evaluation over all batches.
Evaluation evaluate(Layer& model, Batches& batches, const EvaluationOptions& options = {});

// What the model makes of x in evaluation.
Tensor infer(Layer& model, const Tensor& x);

// The confusion matrix as a table; the most frequent confusions where there are too many classes for one. Classes that
// have no names are numbered.
std::string confusion_text(const Evaluation& evaluation, std::vector<std::string> names = {});

}  // namespace gradus::examples
