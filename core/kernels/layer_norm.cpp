// Layer normalization, row by row; dgamma and dbeta, sums over the rows, column by column.
#include <gradus/core/kernels/elements.h>
#include <gradus/core/kernels/scratch.h>
#include <gradus/core/kernels/vector.h>

namespace gradus::kernels::GRADUS_LEVEL {
namespace {

template <class F>
void for_rows(int64_t rows, int64_t cols, const F& f) {
  parallel_for(rows, kElementsPerThread / (2 * cols + 1) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) f(r);
  });
}

struct Two {
  Lanes a, b;
};

// term(j, sums) for j = begin, begin + 16, ... below end, pairwise above blocks.
template <class Term>
Two sums_of_halves(int64_t begin, int64_t end, const Term& term);

template <class Term>
inline Two sums_of(int64_t begin, int64_t end, const Term& term) {
  if (end - begin > kBlock * kLanes) return sums_of_halves(begin, end, term);
  Two sums{lanes(0), lanes(0)};
  for (int64_t j = begin; j < end; j += kLanes) term(j, sums);
  return sums;
}

// By itself, so that the loop above becomes a part of the caller's.
template <class Term>
[[gnu::noinline]] Two sums_of_halves(int64_t begin, int64_t end, const Term& term) {
  const int64_t middle = begin + first_half(end - begin, kBlock * kLanes);
  const Two first = sums_of(begin, middle, term), rest = sums_of(middle, end, term);
  return {first.a + rest.a, first.b + rest.b};
}

void layer_norm_forward(int64_t rows, int64_t cols, const Scalar* x, const Scalar* gamma, const Scalar* beta,
                        Scalar eps, Scalar* mean, Scalar* inv_std, Scalar* y) {
  const Scalar m = static_cast<Scalar>(cols);
  for_rows(rows, cols, [=](int64_t r) {
    const Scalar* row = x + r * cols;
    const Scalar pivot = row[0];  // so that a large mean costs no digits
    const Two shifted =
        sums_of(0, cols, [=](int64_t j, Two& s) { s.a = s.a + (load_lanes(row + j, cols - j, pivot) - lanes(pivot)); });
    const Scalar center = pivot + total(shifted.a) / m;
    const Two centered = sums_of(0, cols, [=](int64_t j, Two& s) {
      const Lanes d = load_lanes(row + j, cols - j, center) - lanes(center);
      s.a = fma(d, d, s.a);
      s.b = s.b + d;
    });
    const Scalar rest = total(centered.b) / m;  // what rounding took from the mean
    const Scalar s = inverse_root((total(centered.a) - rest * rest * m) / m + eps);
    mean[r] = center + rest;
    inv_std[r] = s;
    for (int64_t j = 0; j < cols; j += kLanes) {
      const int64_t left = cols - j;
      const Lanes xhat = each([=](Vector v) { return v * s; }, load_lanes(row + j, left) - lanes(center) - lanes(rest));
      const Lanes g = gamma != nullptr ? load_lanes(gamma + j, left) : lanes(1);
      store_lanes(y + r * cols + j, fma(g, xhat, beta != nullptr ? load_lanes(beta + j, left) : lanes(0)), left);
    }
  });
}

// dgamma and dbeta are sums over blocks of rows, pairwise, so that a thread sums the rows that it works on anyway.
constexpr int64_t kRowsOfBlock = 32;

// Of 16 columns, over the rows of a block: the sums of dy xhat and of dy.
Two block_sums(int64_t rows, int64_t cols, int64_t left, const Scalar* x, const Scalar* dy, const Scalar* mean,
               const Scalar* rest, const Scalar* inv_std) {
  Two sums{lanes(0), lanes(0)};
  for (int64_t r = 0; r < rows; ++r) {
    const Lanes g = load_lanes(dy + r * cols, left);
    const Lanes d = load_lanes(x + r * cols, left) - lanes(mean[r]) - lanes(rest[r]);
    sums.a = fma(each([s = inv_std[r]](Vector v) { return v * s; }, d), g, sums.a);
    sums.b = sums.b + g;
  }
  return sums;
}

// The sum of the blocks [first, last), `step` apart.
Lanes sum_of_blocks(const Scalar* sums, int64_t step, int64_t first, int64_t last) {
  if (last - first < 2) return first < last ? load_lanes(sums + first * step) : lanes(0);
  const int64_t middle = first + first_half(last - first, 1);
  return sum_of_blocks(sums, step, first, middle) + sum_of_blocks(sums, step, middle, last);
}

// dx = s (g - mean of g - xhat mean of g xhat), g = dy gamma; for one row
void dx_of_row(int64_t cols, const Scalar* x, const Scalar* dy, Scalar mean, Scalar rest, Scalar inv_std,
               const Scalar* gamma, Scalar* dx) {
  const auto g = [=](int64_t j) {
    const Lanes of_y = load_lanes(dy + j, cols - j);
    if (gamma == nullptr) return of_y;
    return each([](Vector a, Vector b) { return a * b; }, of_y, load_lanes(gamma + j, cols - j));
  };
  const auto xhat = [=](int64_t j) {
    return each([=](Vector v) { return v * inv_std; }, load_lanes(x + j, cols - j, mean) - lanes(mean) - lanes(rest));
  };
  const Two sums = sums_of(0, cols, [=](int64_t j, Two& t) {
    t.a = t.a + g(j);
    t.b = fma(g(j), xhat(j), t.b);
  });
  const Scalar of_g = total(sums.a) / static_cast<Scalar>(cols), along = total(sums.b) / static_cast<Scalar>(cols);
  for (int64_t j = 0; j < cols; j += kLanes) {
    const Lanes left = fma(xhat(j), lanes(-along), g(j) - lanes(of_g));
    store_lanes(dx + j, each([=](Vector v) { return v * inv_std; }, left), cols - j);
  }
}

void layer_norm_backward(int64_t rows, int64_t cols, const Scalar* x, const Scalar* dy, const Scalar* mean,
                         const Scalar* inv_std, const Scalar* gamma, Scalar* dx, Scalar* dgamma, Scalar* dbeta) {
  const int64_t blocks = pieces(rows, kRowsOfBlock), width = pieces(cols, kLanes) * kLanes;
  const bool summed = dgamma != nullptr || dbeta != nullptr;
  Scalar *const of_gamma = scratch(summed ? 2 * blocks * width : 0), *const of_beta = of_gamma + blocks * width;
  for_rows(blocks, kRowsOfBlock * cols, [=](int64_t block) {
    const int64_t first = block * kRowsOfBlock, count = least(rows - first, kRowsOfBlock);
    Scalar rest[kRowsOfBlock];  // as in the forward: what rounding took from the mean
    for (int64_t i = 0; i < count; ++i) {
      const int64_t r = first + i;
      const Two centered = sums_of(0, cols, [=](int64_t j, Two& s) {
        s.a = s.a + (load_lanes(x + r * cols + j, cols - j, mean[r]) - lanes(mean[r]));
      });
      rest[i] = total(centered.a) / static_cast<Scalar>(cols);
    }
    for (int64_t j = 0; summed && j < cols; j += kLanes) {
      const int64_t at = first * cols + j;
      const Two sums = block_sums(count, cols, cols - j, x + at, dy + at, mean + first, rest, inv_std + first);
      store_lanes(of_gamma + block * width + j, sums.a, kLanes);
      store_lanes(of_beta + block * width + j, sums.b, kLanes);
    }
    for (int64_t i = 0; dx != nullptr && i < count; ++i) {
      const int64_t r = first + i, at = r * cols;
      dx_of_row(cols, x + at, dy + at, mean[r], rest[i], inv_std[r], gamma, dx + at);
    }
  });
  if (!summed) return;
  for_rows(width / kLanes, blocks * kLanes, [=](int64_t strip) {
    const int64_t j = strip * kLanes;
    if (dgamma != nullptr) store_lanes(dgamma + j, sum_of_blocks(of_gamma + j, width, 0, blocks), cols - j);
    if (dbeta != nullptr) store_lanes(dbeta + j, sum_of_blocks(of_beta + j, width, 0, blocks), cols - j);
  });
}

}  // namespace

void use_fast_layer_norm(Table& table) {
  table.layer_norm_forward = layer_norm_forward;
  table.layer_norm_backward = layer_norm_backward;
}

}  // namespace gradus::kernels::GRADUS_LEVEL
