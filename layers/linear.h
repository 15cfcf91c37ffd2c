// Linear: y = x w^T + b        x [..., in], w [out, in], b [out], y [..., out]
//
// The weight lies as PyTorch keeps it: a unit's weights are one row.
#pragma once

#include <gradus/layers/layer.h>

namespace gradus {

struct LinearOptions {
  bool bias = true;
};

class Linear : public Layer {
 public:
  // Weight and bias start uniform in +-1/sqrt(in), as PyTorch's. Throws std::invalid_argument unless in, out > 0.
  Linear(std::int64_t in, std::int64_t out, Rng& rng, const LinearOptions& options = {});

  std::int64_t in_features() const { return weight_.shape()[1]; }
  std::int64_t out_features() const { return weight_.shape()[0]; }
  Parameter& weight() { return weight_; }
  Parameter* bias() { return bias_; }  // null without
  std::string describe() const override;

 private:
  Variable forward(const Variable& x) override { return bias_ ? linear(x, weight_, *bias_) : linear(x, weight_); }

  Parameter& weight_;
  Parameter* bias_;
};

}  // namespace gradus
