// Dropout: in training each element is set to 0 with probability p, and the others are divided by 1 - p, so that the
// expectation stays the same; in evaluation y = x (Srivastava et al. 2014, who scaled in evaluation instead).
#pragma once

#include <gradus/layers/layer.h>

namespace gradus {

class Dropout : public Layer {
 public:
  // Owns a generator, seeded from `rng`. Throws std::invalid_argument unless 0 <= p < 1.
  Dropout(Scalar p, Rng& rng);

  std::string describe() const override;

 private:
  Variable forward(const Variable& x) override { return training() && p_ > 0 ? dropout(x, p_, rng_) : x; }

  Scalar p_;
  Rng& rng_;
};

}  // namespace gradus
