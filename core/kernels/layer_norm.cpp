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
Two sums_of(int64_t begin, int64_t end, const Term& term) {
  if (end - begin > kBlock * kLanes) {
    const int64_t middle = begin + first_half(end - begin, kBlock * kLanes);
    const Two first = sums_of(begin, middle, term), rest = sums_of(middle, end, term);
    return {first.a + rest.a, first.b + rest.b};
  }
  Two sums{lanes(0), lanes(0)};
  for (int64_t j = begin; j < end; j += kLanes) term(j, sums);
  return sums;
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

// Sums over the rows of 16 columns, from `first` on: of dy xhat and of dy.
Two column_sums(int64_t first_row, int64_t last_row, int64_t cols, int64_t left, const Scalar* x, const Scalar* dy,
                const Scalar* mean, const Scalar* rest, const Scalar* inv_std) {
  if (last_row - first_row > kBlock) {
    const int64_t middle = first_row + first_half(last_row - first_row);
    const Two first = column_sums(first_row, middle, cols, left, x, dy, mean, rest, inv_std);
    const Two second = column_sums(middle, last_row, cols, left, x, dy, mean, rest, inv_std);
    return {first.a + second.a, first.b + second.b};
  }
  Two sums{lanes(0), lanes(0)};
  for (int64_t r = first_row; r < last_row; ++r) {
    const Lanes g = load_lanes(dy + r * cols, left);
    const Lanes d = load_lanes(x + r * cols, left) - lanes(mean[r]) - lanes(rest[r]);
    sums.a = fma(each([s = inv_std[r]](Vector v) { return v * s; }, d), g, sums.a);
    sums.b = sums.b + g;
  }
  return sums;
}

void layer_norm_backward(int64_t rows, int64_t cols, const Scalar* x, const Scalar* dy, const Scalar* mean,
                         const Scalar* inv_std, const Scalar* gamma, Scalar* dx, Scalar* dgamma, Scalar* dbeta) {
  // As in the forward: what rounding took from the mean.
  Scalar* const rests = scratch(rows);
  for_rows(rows, cols, [=](int64_t r) {
    const Two centered = sums_of(0, cols, [=](int64_t j, Two& s) {
      s.a = s.a + (load_lanes(x + r * cols + j, cols - j, mean[r]) - lanes(mean[r]));
    });
    rests[r] = total(centered.a) / static_cast<Scalar>(cols);
  });
  if (dgamma != nullptr || dbeta != nullptr) {
    parallel_for((cols + kLanes - 1) / kLanes, kElementsPerThread / (kLanes * (rows + 1)) + 1,
                 [=](int64_t begin, int64_t end) {
                   for (int64_t j = begin * kLanes; j < end * kLanes && j < cols; j += kLanes) {
                     const Two sums = column_sums(0, rows, cols, cols - j, x + j, dy + j, mean, rests, inv_std);
                     if (dgamma != nullptr) store_lanes(dgamma + j, sums.a, cols - j);
                     if (dbeta != nullptr) store_lanes(dbeta + j, sums.b, cols - j);
                   }
                 });
  }
  if (dx == nullptr) return;
  // dx = s (g - mean of g - xhat mean of g xhat), g = dy gamma
  for_rows(rows, cols, [=](int64_t r) {
    const int64_t at = r * cols;
    const Scalar center = mean[r], rest = rests[r], s = inv_std[r];
    const auto g = [=](int64_t j) {
      const Lanes of_y = load_lanes(dy + at + j, cols - j);
      if (gamma == nullptr) return of_y;
      return each([](Vector a, Vector b) { return a * b; }, of_y, load_lanes(gamma + j, cols - j));
    };
    const auto xhat = [=](int64_t j) {
      return each([=](Vector v) { return v * s; },
                  load_lanes(x + at + j, cols - j, center) - lanes(center) - lanes(rest));
    };
    const Two sums = sums_of(0, cols, [=](int64_t j, Two& t) {
      t.a = t.a + g(j);
      t.b = fma(g(j), xhat(j), t.b);
    });
    const Scalar of_g = total(sums.a) / static_cast<Scalar>(cols), along = total(sums.b) / static_cast<Scalar>(cols);
    for (int64_t j = 0; j < cols; j += kLanes) {
      const Lanes left = fma(xhat(j), lanes(-along), g(j) - lanes(of_g));
      store_lanes(dx + at + j, each([=](Vector v) { return v * s; }, left), cols - j);
    }
  });
}

}  // namespace

void use_fast_layer_norm(Table& table) {
  table.layer_norm_forward = layer_norm_forward;
  table.layer_norm_backward = layer_norm_backward;
}

}  // namespace gradus::kernels::GRADUS_LEVEL
