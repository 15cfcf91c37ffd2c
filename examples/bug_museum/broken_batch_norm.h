// Batch normalization with one deliberate mistake in its backward, to see which checks notice and how training goes.
//
// The forward, the running estimates and evaluation are right, and apart from the bug so is the backward: equation 11
// of layers/batch_norm.md. People have made all of these mistakes, some of them in well-known libraries.
#pragma once

#include <gradus/examples/batchnorm_derivation/forms.h>

#include <memory>
#include <span>
#include <string_view>

namespace gradus::examples {

enum class Bug {
  none,
  mean_term_forgotten,
  xhat_term_forgotten,
  both_terms_forgotten,
  first_term_over_m,
  division_by_m_forgotten,
  one_less_than_m,
  sign_of_the_last_term,
  index_renamed,
  s_forgotten,
  s_squared,
  eps_forgotten,
  gamma_forgotten,
  zero_returned,
  dgamma_without_xhat,
  dbeta_averaged,
  gradient_overwritten,
  statistics_shared,
};

struct BugDescription {
  Bug bug;
  std::string_view name;     // "mean term forgotten"
  std::string_view formula;  // what is computed, UTF-8
};

// Every Bug, `none` first.
std::span<const BugDescription> bugs();

class BrokenBatchNorm1d : public BatchNormWithBackward {
 public:
  BrokenBatchNorm1d(std::int64_t channels, Bug bug, Scalar eps = Scalar(1e-5));

  std::string describe() const override;

 private:
  Variable forward(const Variable& x) override;

  Bug bug_;
  std::shared_ptr<Tensor> last_x_;  // of the last forward, which no layer should keep: for Bug::statistics_shared
};

}  // namespace gradus::examples
