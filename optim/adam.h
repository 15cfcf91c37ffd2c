// Adam (Kingma and Ba 2015, arXiv:1412.6980, algorithm 1) and AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101).
//
//   m <- beta1 m + (1 - beta1) g          v <- beta2 v + (1 - beta2) g^2          both start at 0
//   w <- w - rate (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)           at step t = 1, 2, ...
//
// Weight decay: Adam adds decay w to g; AdamW instead multiplies w by 1 - rate decay, which does not pass through the
// square root.
#pragma once

#include <gradus/optim/optimizer.h>

namespace gradus {

struct AdamOptions {
  double learning_rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  std::optional<double> weight_decay = {};  // unless given, 0 for Adam and 0.01 for AdamW
};

class Adam : public Optimizer {
 public:
  explicit Adam(const ParameterGroups& groups, const AdamOptions& options = {});

 protected:
  Adam(const ParameterGroups& groups, const AdamOptions& options, bool decoupled);
  void update(Slot& slot, double learning_rate) override;
  std::string kind() const override { return "adam"; }

 private:
  AdamOptions options_;
  bool decoupled_;
  std::int64_t steps_ = 0;                    // of the parameter that was updated last,
  double correction1_ = 0, correction2_ = 0;  // and what follows from it: 1 - beta^steps
};

class AdamW : public Adam {
 public:
  explicit AdamW(const ParameterGroups& groups, const AdamOptions& options = {});
};

}  // namespace gradus
