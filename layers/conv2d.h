// Conv2d: the same small Linear layer on every window of an image (its gradients: core/autograd/ops_conv.cpp).
//
//   x [n, in, height, width], w [out, in, kernel, kernel], b [out] -> [n, out, height', width']
#pragma once

#include <gradus/layers/layer.h>

namespace gradus {

struct Conv2dOptions {
  std::int64_t stride = 1;
  std::int64_t padding = 0;  // rings of zeros around the image
  bool bias = true;
};

class Conv2d : public Layer {
 public:
  // Weight and bias start uniform in +-1/sqrt(in kernel^2), as PyTorch's. Throws std::invalid_argument unless all sizes
  // are positive.
  Conv2d(std::int64_t in, std::int64_t out, std::int64_t kernel, Rng& rng, const Conv2dOptions& options = {});

  const Conv2dOptions& options() const { return options_; }
  Parameter& weight() { return weight_; }
  Parameter* bias() { return bias_; }  // null without
  std::string describe() const override;

 private:
  Variable forward(const Variable& x) override;

  Conv2dOptions options_;
  Parameter& weight_;
  Parameter* bias_;
};

}  // namespace gradus
