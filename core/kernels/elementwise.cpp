// y = f(x) and y = f(a, b), element by element: a loop over vectors, split between threads where there is enough.
#include <gradus/core/kernels/elements.h>
#include <gradus/core/kernels/exp.h>
#include <gradus/core/kernels/normal.h>

#include <initializer_list>

namespace gradus::kernels::GRADUS_LEVEL {
namespace {

// One operand of a loop over n elements: an array, a row that repeats, or one value for every element.
struct Operand {
  const Scalar* array;
  Vector value;
  bool repeats;

  Operand(const Scalar* p, int64_t period, int64_t n)
      : array(period == 1 ? nullptr : p), value(period == 1 ? splat(*p) : Vector{}), repeats(period != n) {}
  Vector at(int64_t i) const { return array != nullptr ? load(array + i) : value; }
  Vector few_at(int64_t i, int64_t count) const { return array != nullptr ? load_few(array + i, count, 1) : value; }
  Operand from(int64_t i) const {  // where a row begins
    Operand operand = *this;
    if (!repeats) operand.array += i;
    return operand;
  }
};

// Calls piece(first, begin, end) for pieces [first + begin, first + end) of [0, n) in which nothing repeats.
template <class Piece>
void for_pieces(int64_t n, std::initializer_list<int64_t> periods, const Piece& piece) {
  int64_t row = n;
  for (const int64_t period : periods) {
    if (period != 1 && period < row) row = period;
  }
  if (row == n) return for_elements(n, [&](int64_t begin, int64_t end) { piece(0, begin, end); });
  parallel_for(n / row, kElementsPerThread / row + 1, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) piece(r * row, 0, row);
  });
}

// y[i] = f(a[i], b[i])
template <class F>
void zip_piece(const Operand& a, const Operand& b, Scalar* y, int64_t begin, int64_t end, const F& f) {
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

void binary(Binary op, int64_t n, const Scalar* a, int64_t a_period, const Scalar* b, int64_t b_period, Scalar* y) {
  if (n == 0) return;
  const Operand first(a, a_period, n), second(b, b_period, n);
  const auto zip = [&](const auto& f) {
    for_pieces(n, {a_period, b_period}, [&](int64_t start, int64_t begin, int64_t end) {
      zip_piece(first.from(start), second.from(start), y + start, begin, end, f);
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
    case Binary::gelu_backward:
      return zip([](Vector dy, Vector v) { return dy * gelu_slope(v); });
    case Binary::maximum:
      return zip([](Vector u, Vector v) { return larger(u, v); });
    case Binary::minimum:
      return zip([](Vector u, Vector v) { return -larger(-u, -v); });
    case Binary::greater:
      return zip([](Vector u, Vector v) { return u > v ? splat(1) : Vector{}; });
    case Binary::equal:
      return zip([](Vector u, Vector v) { return u == v ? splat(1) : Vector{}; });
    default:
      return plain::binary(op, n, a, a_period, b, b_period, y);
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
      return map(n, x, y, [](Vector v) { return gelu(v); });
    default:
      return plain::unary(op, n, x, y);
  }
}

void power(int64_t n, const Scalar* x, Scalar exponent, Scalar* y) {
  if (exponent == 2) return map(n, x, y, [](Vector v) { return v * v; });
  if (exponent == -1) return map(n, x, y, [](Vector v) { return 1 / v; });
  map(n, x, y, [exponent](Vector v) {
    for (int i = 0; i < kWidth; ++i) v[i] = power(v[i], exponent);
    return v;
  });
}

void select(int64_t n, const Scalar* mask, int64_t period, const Scalar* a, int64_t a_period, const Scalar* b,
            int64_t b_period, Scalar* y) {
  if (n == 0) return;
  const Operand choice(mask, period, n), first(a, a_period, n), second(b, b_period, n);
  for_pieces(n, {period, a_period, b_period}, [&](int64_t start, int64_t begin, int64_t end) {
    const Operand m = choice.from(start), u = first.from(start), v = second.from(start);
    int64_t i = begin;
    for (; i + kWidth <= end; i += kWidth) store(y + start + i, m.at(i) != 0 ? u.at(i) : v.at(i));
    const int64_t left = end - i;
    if (left > 0) store_few(y + start + i, m.few_at(i, left) != 0 ? u.few_at(i, left) : v.few_at(i, left), left);
  });
}

}  // namespace

void use_fast_elementwise(Table& table) {
  table.binary = binary;
  table.unary = unary;
  table.power = power;
  table.select = select;
}

}  // namespace gradus::kernels::GRADUS_LEVEL
