#include <gradus/examples/exercises/key/tables.h>

namespace gradus::exercises {

// x_ik is part of y_ij for every j, with the factor w_kj: dx_ik = Σ_j dy_ij w_kj, the product of dy and w transposed.
// w_kj is part of y_ij for every i, with the factor x_ik: dw_kj = Σ_i x_ik dy_ij.
static Gradients2 solve_matmul(const Tensor& dy, const Tensor& x, const Tensor& w) {
  const Tensor dx = matmul(dy, transpose(w));
  const Tensor dw = matmul(transpose(x), dy);
  return {dx, dw};
}

Exercise matmul_exercise() {
  Exercise e = {
      .name = "matmul",
      .question = "Why are there transposed matrices in every backward pass?",
      .operands = {"dy", "x", "w"},
      .outputs = {{"dx", 1}, {"dw", 2}},
      .cases = random_cases({"nm", "nk", "km"}, {{4, 3, 2}, {2, 5, 3}, {3, 3, 3}}, "nkm"),
      .answer = matmul_backward,
      .solution = solve_matmul,
      .loss = [](In in) { return sum(matmul(in[1], in[2]) * in[0]); },
  };
  e.mistakes = {
      {"dx", "w is not transposed", [](T dy, T x, T w) { return matmul(dy, w); }},
      {"dx", "the factors are in the wrong order", [](T dy, T x, T w) { return matmul(transpose(w), dy); }},
      {"dx", "the factors are in the wrong order, and w is not transposed",
       [](T dy, T x, T w) { return matmul(w, dy); }},
      {"dx", "dy is transposed, where w should be", [](T dy, T x, T w) { return matmul(transpose(dy), w); }},
      {"dx", "dy should not be transposed", [](T dy, T x, T w) { return matmul(transpose(dy), transpose(w)); }},
      {"dx", "multiplied by x where the other factor belongs", [](T dy, T x, T w) { return matmul(dy, transpose(x)); }},
      {"dx", "dy and the other factor were multiplied element by element", [](T dy, T x, T w) { return dy * w; }},
      {"dw", "x is not transposed", [](T dy, T x, T w) { return matmul(x, dy); }},
      {"dw", "the factors are in the wrong order", [](T dy, T x, T w) { return matmul(dy, transpose(x)); }},
      {"dw", "the factors are in the wrong order, and x is not transposed",
       [](T dy, T x, T w) { return matmul(dy, x); }},
      {"dw", "dy is transposed, where x should be", [](T dy, T x, T w) { return matmul(x, transpose(dy)); }},
      {"dw", "dy should not be transposed", [](T dy, T x, T w) { return matmul(transpose(x), transpose(dy)); }},
      {"dw", "averaged over the rows of x: off by a factor of n (where a loss is a mean, that is in dy already)",
       [](T dy, T x, T w) { return matmul(transpose(x), dy) / Scalar(x.size(0)); }},
      {"dw", "multiplied by w where the other factor belongs", [](T dy, T x, T w) { return matmul(transpose(w), dy); }},
      {"dw", "dy and the other factor were multiplied element by element", [](T dy, T x, T w) { return x * dy; }},
  };
  return e;
}

}  // namespace gradus::exercises
