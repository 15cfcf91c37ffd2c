// How well a model does on images it was not trained on.
#pragma once

#include <gradus/core/io/batches.h>
#include <gradus/layers/layer.h>

#include <string>

namespace gradus::examples {

struct Evaluation {
  std::int64_t count = 0, correct = 0;
  double loss = 0;  // mean cross-entropy, without label smoothing
  int classes = 0;
  std::vector<std::int64_t> confusion;  // [classes, classes], label by prediction

  double accuracy() const { return static_cast<double>(correct) / static_cast<double>(count); }
};

// Runs the model in evaluation over all batches, or over the first `most` of them. Looking for anomalies, it throws
// AnomalyError.
Evaluation evaluate(Layer& model, Batches& batches, int classes, std::int64_t most, bool detect_anomaly);

// The confusion matrix as a table; the most frequent confusions where there are too many classes for one.
std::string confusion_text(const Evaluation& evaluation);

}  // namespace gradus::examples
