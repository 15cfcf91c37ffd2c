// BatchNorm1d that measures the three terms of its backward, and can leave out one: equation 10 of
// layers/batch_norm.md, dx = γ s (dy − mean(dy) − x̂ mean(dy x̂)), in pieces.
#pragma once

#include <gradus/examples/batchnorm_derivation/forms.h>

#include <memory>

namespace gradus_examples {

enum class Without { nothing, mean_term, xhat_term, both };

// Sums of squares over all elements and batches since they were last set to zero.
struct TermSizes {
  double dy = 0;                          // as it arrives
  double direct = 0, mean = 0, xhat = 0;  // γ s times each of the three
  double left = 0;                        // of dx by all three, whatever is left out
  std::int64_t elements = 0;
};

}  // namespace gradus_examples

namespace gradus::examples {

class MeasuredBatchNorm1d : public BatchNormWithBackward {
 public:
  MeasuredBatchNorm1d(std::int64_t channels, Without without)
      : BatchNormWithBackward(channels), without_(without), sizes_(std::make_shared<TermSizes>()) {}

  TermSizes& sizes() { return *sizes_; }

 private:
  Variable forward(const Variable& x) override;

  Without without_;
  std::shared_ptr<TermSizes> sizes_;  // shared with backwards, which may outlive the layer
};

}  // namespace gradus::examples
