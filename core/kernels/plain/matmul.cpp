// The matrix product and the transpose.
//
//   c = op(a) op(b)        c[i, j] = sum_l op(a)[i, l] op(b)[l, j]
//   y = x w^T + bias       y[i, j] = sum_l x[i, l] w[j, l] + bias[j]
#include <gradus/core/kernels/kernels.h>

namespace gradus::kernels::plain {

void matmul(Form form, int64_t m, int64_t n, int64_t k, const Scalar* a, const Scalar* b, Scalar* c) {
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < n; ++j) {
      double sum = 0;
      for (int64_t l = 0; l < k; ++l) {
        const double a_il = form == Form::tn ? a[l * m + i] : a[i * k + l];
        const double b_lj = form == Form::nt ? b[j * k + l] : b[l * n + j];
        sum += a_il * b_lj;
      }
      c[i * n + j] = Scalar(sum);
    }
  }
}

void linear(int64_t m, int64_t n, int64_t k, const Scalar* x, const Scalar* w, const Scalar* bias, Scalar* y) {
  matmul(Form::nt, m, n, k, x, w, y);
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j) y[i * n + j] += bias[j];
}

void matmul_stack(Form form, int64_t count, int64_t m, int64_t n, int64_t k, const Scalar* a, int64_t a_step,
                  const Scalar* b, int64_t b_step, Scalar* c) {
  for (int64_t i = 0; i < count; ++i) matmul(form, m, n, k, a + i * a_step, b + i * b_step, c + i * m * n);
}

void transpose(int64_t rows, int64_t cols, const Scalar* x, int64_t x_row, Scalar* y, int64_t y_row) {
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < cols; ++j) y[j * y_row + i] = x[i * x_row + j];
}

}  // namespace gradus::kernels::plain
