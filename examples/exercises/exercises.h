// The backward functions to be written, one in each numbered file beside this one. README.md says how to start.
//
// An operation computes y from its operands; later operations turn y into one number, the loss. A backward function
// is given dy = ∂loss/∂y (an element of dy for each element of y) and returns the same for each operand: da is short
// for ∂loss/∂a and always has the shape of a.
//
// What to write it with (all of it is in core/tensor/arithmetic.h and core/tensor/tensor.h; Scalar is double here):
//
//   a + b   a - b   a * b   a / b   -a   2 * a    element by element; a [n, c] and b [c] are broadcast as in NumPy:
//                                                 aligned at the last axis, an axis of size 1 is repeated
//   exp(a)  log(a)  sqrt(a)  pow(a, 3)  softmax(a)
//   matmul(a, b)   transpose(a)
//   sum(a)                                        of everything: shape []
//   sum(a, {0})   mean(a, {0})                    along an axis, which goes: [n, c] -> [c]
//   sum(a, {1}, Reduced::kept)                    along an axis, which stays with size 1: [n, c] -> [n, 1]
//   broadcast_to(a, x.shape())   a.reshape({n, 1})   Tensor::zeros(x.shape())   Tensor::full(x.shape(), 3)
//   a.shape()   a.size(0)   a.count()             sizes are integers: static_cast<Scalar>(a.size(0)) to compute with
//   a.at({i, j})   a.set({i, j}, value)   std::cout << a
//   a.values()[i]   a.mutable_values()[i]         all elements in one row, whatever the shape, to read and to write
#pragma once

#include <gradus/core/tensor/arithmetic.h>

#include <array>
#include <cmath>
#include <vector>

namespace gradus::exercises {

using Gradients2 = std::array<Tensor, 2>;
using Gradients3 = std::array<Tensor, 3>;
using Gradients6 = std::array<Tensor, 6>;

// One line of a tape of numbers: a value computed from one or two earlier lines, named by their place in the tape
// (-1: no such operand), with its derivative with respect to each (NaN if there is no such operand).
struct Line {
  int left = -1, right = -1;
  Scalar d_left = NAN, d_right = NAN;  // ∂line/∂left, ∂line/∂right
};

// The partial derivatives of batch normalization (exercises 15 and 21). What belongs to a sample is [m, c], and in a
// sum over k it is sample k's; what belongs to a column is [c].
struct Partials {
  Tensor dxhat;            // ∂loss/∂xhat_k         [m, c]
  Tensor dxhat_dx;         // ∂xhat_i/∂x_i          [c]      mu and the variance held still
  Tensor dxhat_dmu;        // ∂xhat_k/∂mu           [c]
  Tensor dxhat_dvariance;  // ∂xhat_k/∂variance     [m, c]
  Scalar dmu_dx;           // ∂mu/∂x_i              a number
  Tensor dvariance_dmu;    // ∂variance/∂mu         [c]
  Tensor dvariance_dx;     // ∂variance/∂x_i        [m, c]   of the x_i whose gradient is wanted
};

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
Tensor embedding_backward(const Tensor& dy, const Tensor& tokens, const Tensor& w);
Tensor convolution_backward(const Tensor& dy, const Tensor& x, const Tensor& w);
Tensor causal_softmax_backward(const Tensor& dy, const Tensor& y, Scalar d);

// Exercise 21, all with dx as their result.
Tensor derivation_line_1(const Partials& p);
Tensor derivation_line_2(const Tensor& dy, const Tensor& x, const Tensor& mu, const Tensor& variance, Scalar eps,
                         const Tensor& gamma);
Tensor derivation_line_3(const Tensor& dy, const Tensor& x, const Tensor& mu, const Tensor& s, const Tensor& gamma);
Tensor derivation_line_4(const Tensor& dy, const Tensor& x, const Tensor& mu, const Tensor& s, const Tensor& gamma);
Tensor derivation_line_5(const Tensor& dy, const Tensor& x, const Tensor& mu, const Tensor& s, const Tensor& gamma);
Tensor derivation_line_6(const Tensor& dy, const Tensor& x, const Tensor& mu, const Tensor& s, const Tensor& gamma);
Tensor derivation_line_7(const Tensor& dy, const Tensor& x, const Tensor& mu, const Tensor& s, const Tensor& gamma);
Tensor derivation_line_8(const Tensor& dy, const Tensor& x, const Tensor& mu, const Tensor& s, const Tensor& gamma);
Tensor derivation_line_9(const Tensor& dy, const Tensor& xhat, const Tensor& s, const Tensor& gamma);
Tensor derivation_line_10(const Tensor& dy, const Tensor& xhat, const Tensor& s, const Tensor& gamma);

}  // namespace gradus::exercises
