// Muon: momentum for matrices, made orthogonal (Jordan et al. 2024, "Muon: an optimizer for hidden layers"). A step
// along the gradient moves a few directions of a matrix far and the others hardly at all; here all move equally far.
//
//   m <- momentum m + (1 - momentum) g              m starts at 0
//   u = (1 - momentum) g + momentum m               Nesterov's look ahead
//   o = u made orthogonal: if u = a diag(s) b^T, then o is close to a b^T
//   w <- w - rate decay w
//   w <- w - rate sqrt(max(1, rows / columns)) o
//
// o comes from five rounds of x <- 3.4445 x + (-4.775 x x^T + 2.0315 (x x^T)^2) x, which brings every singular value of
// u / |u| near 1 (between about 0.7 and 1.2) without computing one. For what is not a matrix (biases, gains) the step
// is AdamW's; filters [out, in, height, width] count as matrices [out, rest].
#pragma once

#include <gradus/optim/adam.h>

namespace gradus {

struct MuonOptions {
  double learning_rate = 0.02;
  double momentum = 0.95;
  double weight_decay = 0.01;
  double adam_learning_rate_factor = 0.1;  // AdamW's rate for the others, in units of learning_rate
};

class Muon : public Adam {
 public:
  // Throws std::invalid_argument unless 0 <= momentum < 1.
  explicit Muon(const ParameterGroups& groups, const MuonOptions& options = {});

 private:
  void update(Slot& slot, double learning_rate) override;
  std::string kind() const override { return "muon"; }

  MuonOptions options_;
};

}  // namespace gradus
