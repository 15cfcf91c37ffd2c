// SGD: stochastic gradient descent, with momentum and weight decay as in PyTorch.
//
//   g <- g + decay w
//   v <- momentum v + g            v starts at 0
//   w <- w - rate v                or, with Nesterov: w <- w - rate (g + momentum v)
#pragma once

#include <gradus/optim/optimizer.h>

namespace gradus {

struct SGDOptions {
  double learning_rate = 1e-2;
  double momentum = 0;
  double weight_decay = 0;
  bool nesterov = false;  // needs momentum
};

class SGD : public Optimizer {
 public:
  explicit SGD(const ParameterGroups& groups, const SGDOptions& options = {});

 private:
  void update(Slot& slot, double learning_rate) override;
  std::string kind() const override { return "sgd"; }

  SGDOptions options_;
};

}  // namespace gradus
