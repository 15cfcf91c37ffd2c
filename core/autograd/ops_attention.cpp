// Attention; its loops stand in core/kernels/plain/attention.cpp.
#include <gradus/core/autograd/ops.h>
#include <gradus/core/error.h>
#include <gradus/core/kernels/kernels.h>

namespace gradus {

// With q_i, k_i and v_i a position's query, key and value in a head of width d, and j <= i:
// s_ij = q_i . k_j / sqrt d      p_i = softmax of s_i                             y_i = sum_j p_ij v_j
// dp_ij = dy_i . v_j             ds_ij = p_ij (dp_ij - sum_l p_il dp_il)          dv_j = sum_i p_ij dy_i
// dq_i = sum_j ds_ij k_j / sqrt d                                                 dk_j = sum_i ds_ij q_i / sqrt d
Variable causal_attention(const Variable& x, std::int64_t heads, Tensor* weights) {
  if (heads < 1 || x.rank() != 3 || x.size(2) < 1 || x.size(2) % (3 * heads) != 0) {
    fail("causal_attention", "needs x [n, t, 3 width] with a width that ", heads, " heads divide, got ", x.shape());
  }
  const kernels::Attention size{x.size(0), x.size(1), heads, x.size(2) / (3 * heads)};
  Tensor p = Tensor::uninitialized({size.n, heads, size.t, size.t});
  Tensor y = Tensor::uninitialized({size.n, size.t, heads * size.d});
  kernels::active().attention(size, x.value().data(), p.mutable_data(), y.mutable_data());
  if (weights) *weights = p;
  return record("causal_attention", {x}, y, [size, x = x.value(), p](const Tensor& dy, Gradients& d) {
    Tensor dx = Tensor::uninitialized(x.shape());
    kernels::active().attention_backward(size, x.data(), p.data(), dy.data(), dx.mutable_data());
    d.add(0, dx);
  });
}

}  // namespace gradus
