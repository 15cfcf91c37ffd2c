// What exercises 14 to 16 have in common. The inputs of their cases begin with dy, x, gamma and beta.
#pragma once

#include <gradus/examples/exercises/key/tables.h>

namespace gradus::exercises {

constexpr Scalar kNormEps = 0.01;  // large enough to matter

// Of each column of x [m, c] (axis 0), all [c]; or of each row (axis 1), all [m, 1].
struct Statistics {
  Statistics(const Tensor& x, int axis);
  Tensor mu, variance, s;
};

// The loss from the inputs.
Variable normalization_loss(In in, int axis);

// dx = factor (arrived - mean - along), in pieces of which a mistake spoils one.
struct Pieces {
  Pieces(const Case& numbers, int axis);
  void arrive(const Tensor& g, int axis);  // sets arrived, mean and along
  Tensor mean_of(const Tensor& t) const { return gradus::mean(t, {axis}, Reduced::kept); }

  int axis;
  Tensor dy, gamma, s, xhat;
  Scalar m;  // values that are normalized together
  Tensor factor, arrived, mean, along;
};

// dx with its pieces spoilt.
Backward spoilt(int axis, void (*spoil)(Pieces& p));

// How people speak of the axis along which gamma and beta are shared.
struct Words {
  std::string all, users, last, count;  // "rows", "rows, which all", "row", "n"
};
// Adds mistakes in dgamma and dbeta.
void add_gamma_and_beta_mistakes(std::vector<Mistake>& mistakes, int axis, const Words& words);

}  // namespace gradus::exercises
