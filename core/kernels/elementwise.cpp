// y = f(x) and y = f(a, b), element by element: a loop over vectors, split between threads where there is enough.
#include <gradus/core/kernels/elements.h>
#include <gradus/core/kernels/exp.h>
#include <gradus/core/kernels/normal.h>

namespace gradus::kernels::GRADUS_LEVEL {
namespace {

// A row of an operand: an array, or one value for all of it.
struct Row {
  const Scalar* array;
  Vector value;

  Row(const Operand& x, int64_t r)
      : array(x.step != 0 ? x.p + r * x.row : nullptr), value(x.step != 0 ? Vector{} : splat(x.p[r * x.row])) {}
  Vector at(int64_t i) const { return array != nullptr ? load(array + i) : value; }
  Vector few_at(int64_t i, int64_t count) const { return array != nullptr ? load_few(array + i, count, 1) : value; }
};

// Calls piece(r, begin, end) for pieces of the rows of [rows, n].
template <class Piece>
void for_pieces(int64_t rows, int64_t n, const Piece& piece) {
  if (rows == 1) return for_elements(n, [&](int64_t begin, int64_t end) { piece(0, begin, end); });
  parallel_for(rows, kElementsPerThread / (n + 1) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) piece(r, 0, n);
  });
}

// y[i] = f(a[i], b[i])
template <class F>
inline void zip_piece(const Row& a, const Row& b, Scalar* y, int64_t begin, int64_t end, const F& f) {
  int64_t i = begin;
  for (; i + kWidth <= end; i += kWidth) store(y + i, f(a.at(i), b.at(i)));
  if (i < end) store_few(y + i, f(a.few_at(i, end - i), b.few_at(i, end - i)), end - i);
}

// y[i] = f(x[i])
template <class F>
void map(int64_t n, const Scalar* x, Scalar* y, const F& f) {
  for_elements(n, [=](int64_t begin, int64_t end) {
    int64_t i = begin;
    for (; i + kWidth <= end; i += kWidth) store(y + i, f(load(x + i)));
    if (i < end) store_few(y + i, f(load_few(x + i, end - i, 1)), end - i);
  });
}

void binary(Binary op, int64_t rows, int64_t n, Operand a, Operand b, Scalar* y) {
  const auto zip = [&](const auto& f) {
    for_pieces(rows, n, [&](int64_t r, int64_t begin, int64_t end) {
      zip_piece(Row(a, r), Row(b, r), y + r * n, begin, end, f);
    });
  };
  switch (op) {
    case Binary::add:
      return zip([](Vector u, Vector v) { return u + v; });
    case Binary::sub:
      return zip([](Vector u, Vector v) { return u - v; });
    case Binary::mul:
      return zip([](Vector u, Vector v) { return u * v; });
    case Binary::div:
      return zip([](Vector u, Vector v) { return u / v; });
    case Binary::relu_backward:
      return zip([](Vector dy, Vector v) { return v <= 0 ? Vector{} : dy; });
    case Binary::sigmoid_backward:
      return zip([](Vector dy, Vector v) { return dy * v * (1 - v); });
    case Binary::tanh_backward:
      return zip([](Vector dy, Vector v) { return dy * (1 - v * v); });
    case Binary::abs_backward:
      return zip([](Vector dy, Vector v) { return v > 0 ? dy : v < 0 ? -dy : 0 * v; });
    case Binary::maximum:
      return zip([](Vector u, Vector v) { return larger(u, v); });
    case Binary::minimum:
      return zip([](Vector u, Vector v) { return -larger(-u, -v); });
    case Binary::greater:
      return zip([](Vector u, Vector v) { return u > v ? splat(1) : Vector{}; });
    case Binary::equal:
      return zip([](Vector u, Vector v) { return u == v ? splat(1) : Vector{}; });
    default:
      return plain::binary(op, rows, n, a, b, y);
  }
}

void unary(Unary op, int64_t n, const Scalar* x, Scalar* y) {
  switch (op) {
    case Unary::neg:
      return map(n, x, y, [](Vector v) { return -v; });
    case Unary::exp:
      return map(n, x, y, [](Vector v) { return exp(v); });
    case Unary::log:
      return map(n, x, y, [](Vector v) {
        v = v + 0;  // the C library reads bits, which this makes 0 where they are subnormal
        for (int i = 0; i < kWidth; ++i) v[i] = logarithm(v[i]);
        return v;
      });
    case Unary::sqrt:
      return map(n, x, y, [](Vector v) { return root(v); });
    case Unary::relu:
      return map(n, x, y, [](Vector v) { return v <= 0 ? Vector{} : v; });
    case Unary::sigmoid:
      return map(n, x, y, [](Vector v) { return sigmoid(v); });
    case Unary::tanh:
      return map(n, x, y, [](Vector v) { return tanh(v); });
    case Unary::abs:
      return map(n, x, y, [](Vector v) { return v <= 0 ? 0 - v : v; });
    case Unary::softplus:
      return map(n, x, y, [](Vector v) { return softplus(v); });
    case Unary::gelu:
      return map(n, x, y, [](Vector v) { return gelu(v, normal(v)); });
    default:
      return plain::unary(op, n, x, y);
  }
}

void gelu(int64_t n, const Scalar* x, Scalar* y, Scalar* slope) {
  for_elements(n, [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i += kWidth) {
      const int64_t count = least(end - i, kWidth);
      const Vector v = read(x + i, count);
      const Normal at = normal(v);
      write(y + i, gelu(v, at), count);
      write(slope + i, gelu_slope(v, at), count);
    }
  });
}

void power(int64_t n, const Scalar* x, Scalar exponent, Scalar* y) {
  if (exponent == 2) return map(n, x, y, [](Vector v) { return v * v; });
  if (exponent == -1) return map(n, x, y, [](Vector v) { return 1 / v; });
  map(n, x, y, [exponent](Vector v) {
    for (int i = 0; i < kWidth; ++i) v[i] = power(v[i], exponent);
    return v;
  });
}

void select(int64_t rows, int64_t n, Operand mask, Operand a, Operand b, Scalar* y) {
  for_pieces(rows, n, [&](int64_t r, int64_t begin, int64_t end) {
    const Row m(mask, r), u(a, r), v(b, r);
    Scalar* const to = y + r * n;
    int64_t i = begin;
    for (; i + kWidth <= end; i += kWidth) store(to + i, m.at(i) != 0 ? u.at(i) : v.at(i));
    const int64_t left = end - i;
    if (left > 0) store_few(to + i, m.few_at(i, left) != 0 ? u.few_at(i, left) : v.few_at(i, left), left);
  });
}

}  // namespace

void use_fast_elementwise(Table& table) {
  table.binary = binary;
  table.unary = unary;
  table.gelu = gelu;
  table.power = power;
  table.select = select;
}

}  // namespace gradus::kernels::GRADUS_LEVEL
