// y = f(x) and y = f(a, b), element by element.
#include <gradus/core/kernels/kernels.h>

#include <cmath>
#include <limits>
#include <numbers>

namespace gradus::kernels::plain {
namespace {

// The normal distribution, and its density.
double distribution(double x) { return std::erfc(-x / std::numbers::sqrt2) / 2; }
double density(double x) { return std::exp(-x * x / 2) / std::sqrt(2 * std::numbers::pi); }

double apply(Unary op, double x) {
  switch (op) {
    case Unary::neg:
      return -x;
    case Unary::exp:
      return std::exp(x);
    case Unary::log:
      return std::log(x);
    case Unary::sqrt:
      return std::sqrt(x);
    case Unary::relu:
      return x <= 0 ? 0 : x;
    case Unary::sigmoid:
      return 1 / (1 + std::exp(-x));
    case Unary::tanh:
      return std::tanh(x);
    case Unary::abs:
      return std::abs(x);
    case Unary::softplus:  // log(1 + e^x) = max(x, 0) + log(1 + e^-|x|)
      return (x <= 0 ? 0 : x) + std::log1p(std::exp(-std::abs(x)));
    case Unary::gelu:
      return x == -std::numeric_limits<double>::infinity() ? 0 : x * distribution(x);
  }
  return 0;
}

double apply(Binary op, double a, double b) {
  switch (op) {
    case Binary::add:
      return a + b;
    case Binary::sub:
      return a - b;
    case Binary::mul:
      return a * b;
    case Binary::div:
      return a / b;
    case Binary::relu_backward:  // a = dy, b = y = max(x, 0), whose slope is 1 where x > 0 and 0 elsewhere
      return b <= 0 ? 0 : a;
    case Binary::sigmoid_backward:  // y' = y (1 - y)
      return a * b * (1 - b);
    case Binary::tanh_backward:  // y' = 1 - y^2
      return a * (1 - b * b);
    case Binary::abs_backward:  // a = dy, b = x
      return b > 0 ? a : b < 0 ? -a : 0 * b;
    case Binary::maximum:
      return a > b || a != a ? a : b;
    case Binary::minimum:
      return a < b || a != a ? a : b;
    case Binary::greater:
      return a > b;
    case Binary::equal:
      return a == b;
  }
  return 0;
}

Scalar at(const Operand& x, int64_t r, int64_t i) { return x.p[r * x.row + i * x.step]; }

}  // namespace

void unary(Unary op, int64_t n, const Scalar* x, Scalar* y) {
  for (int64_t i = 0; i < n; ++i) y[i] = Scalar(apply(op, x[i]));
}

// (x Phi(x))' = Phi(x) + x phi(x)
void gelu(int64_t n, const Scalar* x, Scalar* y, Scalar* slope) {
  for (int64_t i = 0; i < n; ++i) {
    const double at = x[i];
    y[i] = Scalar(apply(Unary::gelu, at));
    slope[i] = Scalar(distribution(at) + (std::isinf(at) ? 0 : at * density(at)));
  }
}

void binary(Binary op, int64_t rows, int64_t n, Operand a, Operand b, Scalar* y) {
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t i = 0; i < n; ++i) *y++ = Scalar(apply(op, at(a, r, i), at(b, r, i)));
}

void power(int64_t n, const Scalar* x, Scalar exponent, Scalar* y) {
  for (int64_t i = 0; i < n; ++i) y[i] = Scalar(std::pow(double(x[i]), double(exponent)));
}

void select(int64_t rows, int64_t n, Operand mask, Operand a, Operand b, Scalar* y) {
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t i = 0; i < n; ++i) *y++ = at(mask, r, i) != 0 ? at(a, r, i) : at(b, r, i);
}

}  // namespace gradus::kernels::plain
