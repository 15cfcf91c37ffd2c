// What the network says of each held-out image, for --report.
#pragma once

#include <gradus/core/io/batches.h>
#include <gradus/layers/layer.h>

#include <vector>

namespace gradus::examples {

struct Verdict {
  std::int32_t image = 0;  // in its set
  std::int32_t label = 0, prediction = 0;
  double loss = 0;                         // -log of the probability of the label
  std::vector<Scalar> probabilities = {};  // of each class; only where it is wrong
};

// Of all images of the first `most` batches, in evaluation.
std::vector<Verdict> verdicts(Layer& model, Batches& batches, std::int64_t most);

}  // namespace gradus::examples
