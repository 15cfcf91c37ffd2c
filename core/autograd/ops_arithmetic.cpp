// Element-wise arithmetic. Where an operand was broadcast, its gradient is summed back to its shape (sum_to).
#include <gradus/core/autograd/ops.h>

namespace gradus {

// y = a + b        da = dy        db = dy
Variable operator+(const Variable& a, const Variable& b) {
  const Tensor y = a.value() + b.value();
  return record("add", {a, b}, y, [a = a.shape(), b = b.shape()](const Tensor& dy, Gradients& d) {
    if (d.needs(0)) d.add(0, sum_to(dy, a));
    if (d.needs(1)) d.add(1, sum_to(dy, b));
  });
}

// y = a - b        da = dy        db = -dy
Variable operator-(const Variable& a, const Variable& b) {
  const Tensor y = a.value() - b.value();
  return record("sub", {a, b}, y, [a = a.shape(), b = b.shape()](const Tensor& dy, Gradients& d) {
    if (d.needs(0)) d.add(0, sum_to(dy, a));
    if (d.needs(1)) d.add(1, -sum_to(dy, b));
  });
}

// y = a b          da = dy b      db = dy a
Variable operator*(const Variable& a, const Variable& b) {
  const Tensor y = a.value() * b.value();
  return record("mul", {a, b}, y, [a = a.value(), b = b.value()](const Tensor& dy, Gradients& d) {
    if (d.needs(0)) d.add(0, sum_to(dy * b, a.shape()));
    if (d.needs(1)) d.add(1, sum_to(dy * a, b.shape()));
  });
}

// y = a / b        da = dy / b    db = -dy a / b^2 = -dy y / b
Variable operator/(const Variable& a, const Variable& b) {
  const Tensor y = a.value() / b.value();
  return record("div", {a, b}, y, [a = a.shape(), b = b.value(), y](const Tensor& dy, Gradients& d) {
    if (d.needs(0)) d.add(0, sum_to(dy / b, a));
    if (d.needs(1)) d.add(1, -sum_to(dy * y / b, b.shape()));
  });
}

// y = -x           dx = -dy
Variable operator-(const Variable& x) {
  const Tensor y = -x.value();
  return record("neg", {x}, y, [](const Tensor& dy, Gradients& d) { d.add(0, -dy); });
}

// y = x^p          dx = dy p x^(p-1)
Variable pow(const Variable& x, Scalar exponent) {
  const Tensor y = pow(x.value(), exponent);
  return record("pow", {x}, y, [x = x.value(), exponent](const Tensor& dy, Gradients& d) {
    // x^0 is 1 everywhere, so its slope is 0 also at x = 0, where 0 * x^-1 would be NaN.
    d.add(0, exponent == 0 ? Tensor::zeros(x.shape()) : dy * exponent * pow(x, exponent - 1));
  });
}

// y = e^x          dx = dy e^x = dy y
Variable exp(const Variable& x) {
  const Tensor y = exp(x.value());
  return record("exp", {x}, y, [y](const Tensor& dy, Gradients& d) { d.add(0, dy * y); });
}

// y = log x        dx = dy / x
Variable log(const Variable& x) {
  const Tensor y = log(x.value());
  return record("log", {x}, y, [x = x.value()](const Tensor& dy, Gradients& d) { d.add(0, dy / x); });
}

// y = sqrt x       dx = dy / (2 sqrt x) = dy / (2 y)
Variable sqrt(const Variable& x) {
  const Tensor y = sqrt(x.value());
  return record("sqrt", {x}, y, [y](const Tensor& dy, Gradients& d) { d.add(0, dy / (y * 2)); });
}

// y = |x|          dx = dy sign(x), 0 at 0
Variable abs(const Variable& x) {
  const Tensor y = abs(x.value());
  return record("abs", {x}, y, [x = x.value()](const Tensor& dy, Gradients& d) { d.add(0, abs_backward(dy, x)); });
}

namespace {

// da = dy share     db = dy (1 - share)      share is 1 where y is a, 0 where it is b, 1/2 where they are equal
Variable one_of(const char* operation, const Variable& a, const Variable& b, const Tensor& y, const Tensor& share) {
  return record(operation, {a, b}, y, [a = a.shape(), b = b.shape(), share](const Tensor& dy, Gradients& d) {
    if (d.needs(0)) d.add(0, sum_to(dy * share, a));
    if (d.needs(1)) d.add(1, sum_to(dy * (1 - share), b));
  });
}

}  // namespace

// y = max(a, b)
Variable maximum(const Variable& a, const Variable& b) {
  const Tensor share = greater(a.value(), b.value()) + equal(a.value(), b.value()) / 2;
  return one_of("maximum", a, b, maximum(a.value(), b.value()), share);
}

// y = min(a, b)
Variable minimum(const Variable& a, const Variable& b) {
  const Tensor share = greater(b.value(), a.value()) + equal(a.value(), b.value()) / 2;
  return one_of("minimum", a, b, minimum(a.value(), b.value()), share);
}

// y = a where the mask is set, else b         da = dy where it is set, else 0        db = 0 where it is set, else dy
Variable where(const Tensor& mask, const Variable& a, const Variable& b) {
  const Tensor y = where(mask, a.value(), b.value());
  return record("where", {a, b}, y, [mask, a = a.shape(), b = b.shape()](const Tensor& dy, Gradients& d) {
    if (d.needs(0)) d.add(0, sum_to(where(mask, dy, 0), a));
    if (d.needs(1)) d.add(1, sum_to(where(mask, 0, dy), b));
  });
}

}  // namespace gradus
