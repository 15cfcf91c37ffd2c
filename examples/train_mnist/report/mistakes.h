// What the network says of held-out images, for --report.
#pragma once

#include <gradus/examples/training/evaluation.h>

namespace gradus::examples {

// An image that was taken for another.
struct Mistake {
  std::int32_t image = 0;  // in its set
  std::int32_t label = 0, prediction = 0;
  double loss = 0;                         // -log of the probability of the label
  std::vector<Scalar> probabilities = {};  // of each class
};

// Evaluates the first `most` batches, and adds to `mistakes` what went wrong.
Evaluation find_mistakes(Layer& model, Batches& batches, std::int64_t most, std::vector<Mistake>& mistakes);

}  // namespace gradus::examples
