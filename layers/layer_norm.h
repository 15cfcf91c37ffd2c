// LayerNorm: y = gamma (x - mu) / sqrt(sigma^2 + eps) + beta, each row by its own mu and sigma^2 (Ba, Kiros and Hinton
// 2016, arXiv:1607.06450).
//
//                        BatchNorm                            LayerNorm
//   mu, sigma^2          of a channel, over the batch         of a sample, over its features
//   samples depend on    every other of the batch             themselves alone
//   gamma in dx          one number: stands outside the sums  changes along the row: inside of them
//   in evaluation        running estimates, so y differs      the same
//   a batch of one       impossible in training               as any other
//   xhat adds up to 0    down every column                    along every row
#pragma once

#include <gradus/layers/layer.h>

namespace gradus {

struct LayerNormOptions {
  Scalar eps = Scalar(1e-5);
  bool affine = true;  // whether there are gamma and beta
};

class LayerNorm : public Layer {
 public:
  // Parameters "weight" (gamma, at first 1) and "bias" (beta, 0), both [features]. Throws std::invalid_argument unless
  // features > 0 and eps >= 0.
  explicit LayerNorm(std::int64_t features, const LayerNormOptions& options = {});

  std::string describe() const override;

 private:
  Variable forward(const Variable& x) override;  // x [..., features]

  std::int64_t features_;
  LayerNormOptions options_;
  Parameter *gamma_ = nullptr, *beta_ = nullptr;  // null unless affine
};

}  // namespace gradus
