// RMSprop: each weight's rate divided by the root of a running mean of its squared gradient (Hinton 2012, lecture 6e of
// "Neural networks for machine learning"), with momentum and weight decay as in PyTorch.
//
//   g <- g + decay w
//   v <- alpha v + (1 - alpha) g^2                  v starts at 0
//   u <- momentum u + g / (sqrt v + eps)            u starts at 0
//   w <- w - rate u
//
// Written in tensor arithmetic alone: the one to copy for an optimizer of your own.
#pragma once

#include <gradus/optim/optimizer.h>

namespace gradus {

struct RMSpropOptions {
  double learning_rate = 1e-2;
  double alpha = 0.99;
  double eps = 1e-8;
  double momentum = 0;
  double weight_decay = 0;
};

class RMSprop : public Optimizer {
 public:
  // Throws std::invalid_argument unless 0 <= alpha < 1, 0 <= momentum < 1 and eps is a positive normal Scalar.
  explicit RMSprop(const ParameterGroups& groups, const RMSpropOptions& options = {});

 private:
  void update(Slot& slot, double learning_rate) override;
  std::string kind() const override { return "rmsprop"; }

  RMSpropOptions options_;
};

}  // namespace gradus
