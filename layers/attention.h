// CausalSelfAttention: every position of a sequence gets a weighted mean of what it and the positions before it hand
// over (Vaswani et al. 2017, arXiv:1706.03762).
//
//   q, k, v = x W^T + b      each [t, width], cut into heads of width d = width / heads
//   y = softmax(q k^T / sqrt d, where later positions count -infinity) v      for each head
//   out = the heads side by side, through another Linear
//
// The second line is one operation, core/autograd/ops_attention.cpp, whose loops stand in
// core/kernels/plain/attention.cpp.
#pragma once

#include <gradus/layers/layer.h>
#include <gradus/layers/linear.h>

namespace gradus {

class CausalSelfAttention : public Layer {
 public:
  // Parameters as PyTorch's MultiheadAttention names them: "in_proj_weight" [3 width, width] for q, k and v, one below
  // the other, "in_proj_bias" [3 width], "out_proj.weight" [width, width] and "out_proj.bias"; they start as PyTorch's
  // Linear layers do. Throws std::invalid_argument unless heads divides width.
  CausalSelfAttention(std::int64_t width, std::int64_t heads, Rng& rng);

  std::int64_t heads() const { return heads_; }
  // How much each position took from each, of the last forward: [n, heads, t, t], rows that add up to 1.
  const Tensor& weights() const { return weights_; }
  std::string describe() const override;

 private:
  Variable forward(const Variable& x) override;  // x [n, t, width]

  std::int64_t width_, heads_;
  Parameter &in_weight_, &in_bias_;
  Linear& out_;
  Tensor weights_;
};

}  // namespace gradus
