// RMSNorm: y = gain x / sqrt(mean(x^2) + eps), each row by itself (Zhang and Sennrich 2019, arXiv:1910.07467).
//
// A layer of one's own is a class that registers its parameters and overrides forward(). Here it is twice: composed
// from operations, which is the quick way, and as one operation whose backward is derived by hand, the fast way.
//
// It stands inside namespace gradus because the double build of the library renames that namespace: so these files
// can be compiled for both, to train in float and to check gradients in double.
#pragma once

#include <gradus/layers/layer.h>

namespace gradus::examples {

class ComposedRMSNorm : public Layer {
 public:
  explicit ComposedRMSNorm(std::int64_t features, Scalar eps = Scalar(1e-5));

 private:
  Variable forward(const Variable& x) override;  // x [n, features]

  Parameter& gain_;  // [features], at first 1
  Scalar eps_;
};

class RMSNorm : public Layer {
 public:
  explicit RMSNorm(std::int64_t features, Scalar eps = Scalar(1e-5));

 private:
  Variable forward(const Variable& x) override;  // x [n, features]

  Parameter& gain_;  // [features], at first 1
  Scalar eps_;
};

}  // namespace gradus::examples
