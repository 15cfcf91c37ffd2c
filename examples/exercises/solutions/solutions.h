// The functions of exercises.h once more, written out. Whoever has not tried yet should close this folder again.
#pragma once

#include <gradus/examples/exercises/exercises.h>

namespace gradus::exercises::solutions {

Gradients2 multiply_backward(const Tensor& dy, const Tensor& a, const Tensor& b);
Tensor fan_out_backward(const Tensor& du, const Tensor& dv, const Tensor& b, const Tensor& c);
Tensor sum_backward(const Tensor& dy, const Tensor& x);
Tensor mean_backward(const Tensor& dy, const Tensor& x);
Gradients2 broadcast_add_backward(const Tensor& dy, const Tensor& x, const Tensor& b);
Tensor relu_backward(const Tensor& dy, const Tensor& x);
Tensor sigmoid_backward(const Tensor& dy, const Tensor& y);
Tensor transpose_backward(const Tensor& dy);
Gradients2 matmul_backward(const Tensor& dy, const Tensor& x, const Tensor& w);
Tensor mse_backward(const Tensor& dloss, const Tensor& y, const Tensor& target);
Tensor dropout_backward(const Tensor& dy, const Tensor& mask, Scalar p);
Tensor softmax_backward(const Tensor& dy, const Tensor& y);
Tensor cross_entropy_backward(const Tensor& dloss, const Tensor& logits, const Tensor& target);
Gradients3 layer_norm_backward(const Tensor& dy, const Tensor& xhat, const Tensor& s, const Tensor& gamma);
Gradients6 staged_batch_norm_backward(const Tensor& dy, const Tensor& x, const Tensor& mu, const Tensor& s,
                                      const Tensor& gamma);
Gradients3 batch_norm_backward(const Tensor& dy, const Tensor& xhat, const Tensor& s, const Tensor& gamma);
Tensor tape_backward(const std::vector<Line>& tape);

}  // namespace gradus::exercises::solutions
