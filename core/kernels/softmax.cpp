// Softmax of every row, and the cross-entropy loss with its gradient.
//
//   m = max_j x_j      s = sum_j e^(x_j - m)      softmax_j = e^(x_j - m) / s      log_softmax_j = x_j - m - log s
#include <gradus/core/kernels/elements.h>
#include <gradus/core/kernels/exp.h>

namespace gradus::kernels::GRADUS_LEVEL {
namespace {

constexpr Scalar kInfinity = static_cast<Scalar>(__builtin_inf());

Scalar row_max(int64_t cols, const Scalar* x) {
  Lanes m = lanes(-kInfinity);
  for (int64_t j = 0; j < cols; j += kLanes) m = larger(load_lanes(x + j, cols - j, -kInfinity), m);
  return largest(m);
}

// term(j), 16 lanes each, for j = begin, begin + 16, ... below end, added up.
template <class Term>
Lanes sum_of(int64_t begin, int64_t end, const Term& term) {
  if (end - begin > kBlock * kLanes) {
    const int64_t middle = begin + first_half(end - begin, kBlock * kLanes);
    const Lanes first = sum_of(begin, middle, term);
    return first + sum_of(middle, end, term);
  }
  Lanes s = lanes(0);
  for (int64_t j = begin; j < end; j += kLanes) s = s + term(j);
  return s;
}

// e^(x_j - m) to y, unless that is null; returns their sum.
Scalar exponentials(int64_t cols, const Scalar* x, Scalar m, Scalar* y) {
  return total(sum_of(0, cols, [=](int64_t j) {
    const Lanes e = exp_down(load_lanes(x + j, cols - j, -kInfinity) - lanes(m));  // what is past the end counts 0
    if (y != nullptr) store_lanes(y + j, e, cols - j);
    return e;
  }));
}

// y_j = a x_j + b
void scale_row(int64_t cols, Scalar a, Scalar b, const Scalar* x, Scalar* y) {
  for (int64_t j = 0; j < cols; j += kLanes)
    store_lanes(y + j, fma(load_lanes(x + j, cols - j), lanes(a), lanes(b)), cols - j);
}

// Calls f(r) for every row; an exponential costs some ten times as much as an addition.
template <class F>
void for_rows(int64_t rows, int64_t cols, const F& f) {
  parallel_for(rows, kElementsPerThread / (8 * (cols + 1)) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) f(r);
  });
}

void softmax(int64_t rows, int64_t cols, const Scalar* x, Scalar* y) {
  for_rows(rows, cols, [=](int64_t r) {
    const Scalar* row = x + r * cols;
    const Scalar s = exponentials(cols, row, row_max(cols, row), y + r * cols);
    scale_row(cols, 1 / s, 0, y + r * cols, y + r * cols);
  });
}

void log_softmax(int64_t rows, int64_t cols, const Scalar* x, Scalar* y) {
  for_rows(rows, cols, [=](int64_t r) {
    const Scalar* row = x + r * cols;
    const Scalar m = row_max(cols, row);
    const Scalar log_s = logarithm(exponentials(cols, row, m, nullptr));
    for (int64_t j = 0; j < cols; j += kLanes)
      store_lanes(y + r * cols + j, load_lanes(row + j, cols - j) - lanes(m) - lanes(log_s), cols - j);
  });
}

// With target_j = (1 - a) [j = label] + a / cols, whose sum is 1, a the smoothing:
//   loss = -sum_j target_j (x_j - m - log s) = log s - (1 - a) (x_label - m) - (a / cols) sum_j (x_j - m)
//   dx_j = softmax_j - target_j
void cross_entropy(int64_t rows, int64_t cols, const Scalar* logits, const int32_t* labels, Scalar smoothing,
                   Scalar* losses, Scalar* dlogits) {
  for_rows(rows, cols, [=](int64_t r) {
    const Scalar* x = logits + r * cols;
    Scalar* dx = dlogits == nullptr ? nullptr : dlogits + r * cols;
    if (labels[r] < 0) {  // left out
      losses[r] = 0;
      if (dx != nullptr) __builtin_memset(dx, 0, static_cast<std::size_t>(cols) * sizeof(Scalar));
      return;
    }
    const Scalar m = row_max(cols, x);
    const Scalar everywhere = smoothing / static_cast<Scalar>(cols);
    Scalar loss = smoothing != 1 ? -(1 - smoothing) * (x[labels[r]] - m) : 0;  // 0 times an infinity is no number
    if (smoothing != 0) {
      loss -= everywhere * total(sum_of(0, cols, [=](int64_t j) { return load_lanes(x + j, cols - j, m) - lanes(m); }));
    }
    const Scalar s = exponentials(cols, x, m, dx);
    losses[r] = loss + logarithm(s);
    if (dx == nullptr) return;
    scale_row(cols, 1 / s, -everywhere, dx, dx);
    dx[labels[r]] -= 1 - smoothing;
  });
}

}  // namespace

void use_fast_softmax(Table& table) {
  table.softmax = softmax;
  table.log_softmax = log_softmax;
  table.cross_entropy = cross_entropy;
}

}  // namespace gradus::kernels::GRADUS_LEVEL
