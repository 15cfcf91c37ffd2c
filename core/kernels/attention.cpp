// Causal attention, a head at a time, its matrices transposed: what belongs to position i stands in lane i of vectors,
// so that the softmax of kWidth positions runs down the rows of s^T, without a sum over lanes. Arrays in scratch have
// rows of `room` numbers, t rounded up to whole vectors.
#include <gradus/core/kernels/elements.h>
#include <gradus/core/kernels/exp.h>
#include <gradus/core/kernels/instructions.h>
#include <gradus/core/kernels/scratch.h>
#include <gradus/core/kernels/transpose.h>

namespace gradus::kernels::GRADUS_LEVEL {
namespace {

int64_t whole_vectors(int64_t n) { return pieces(n, kWidth) * kWidth; }

// A matrix: element [r, l] is p[r row + l step].
struct Rows {
  const Scalar* p;
  int64_t row, step;
};

// y[r, j] = sum over l < count of a[r, l] b[l, j] for r < rows and j < width <= kWidth, each a chain in the order of l
template <int rows>
void combine(int64_t count, Rows a, const Scalar* b, int64_t b_row, int64_t width, Scalar* y, int64_t y_row) {
  Vector sum[rows] = {};
  for (int64_t l = 0; l < count; ++l, b += b_row, a.p += a.step) {
    const Vector b_l = read(b, width);
#pragma GCC unroll 4
    for (int r = 0; r < rows; ++r) sum[r] = fma(broadcast(a.p + r * a.row), b_l, sum[r]);
  }
#pragma GCC unroll 4
  for (int r = 0; r < rows; ++r) write(y + r * y_row, sum[r], width);
}

// The same for any number of rows, and j < cols.
void combine(int64_t rows, int64_t count, Rows a, const Scalar* b, int64_t b_row, int64_t cols, Scalar* y,
             int64_t y_row) {
  for (int64_t j = 0; j < cols; j += kWidth) {
    const int64_t width = least(cols - j, kWidth);
    int64_t r = 0;
    for (; r + 4 <= rows; r += 4)
      combine<4>(count, {a.p + r * a.row, a.row, a.step}, b + j, b_row, width, y + r * y_row + j, y_row);
    for (; r < rows; ++r)
      combine<1>(count, {a.p + r * a.row, a.row, a.step}, b + j, b_row, width, y + r * y_row + j, y_row);
  }
}

// y [cols, y_row] = transpose of x [rows, cols]
void transpose_head(int64_t rows, int64_t cols, const Scalar* x, int64_t x_row, Scalar* y, int64_t y_row,
                    bool exactly) {
  for (int64_t i = 0; i < rows; i += kWidth)
    for (int64_t j = 0; j < cols; j += kWidth)
      transpose_square(least(rows - i, kWidth), least(cols - j, kWidth), x + i * x_row + j, x_row, y + j * y_row + i,
                       y_row, exactly);
}

// s^T becomes p^T, both [t, room]: s[i, j] counts only for j <= i, and p[i, j] is 0 for the others.
void softmax_of_past(int64_t t, int64_t room, Scalar* s) {
  Vector lane;
  for (int i = 0; i < kWidth; ++i) lane[i] = static_cast<Scalar>(i);
  for (int64_t i = 0; i < room; i += kWidth) {
    const int64_t last = least(i + kWidth, t);
    const auto past = [=](int64_t j) {
      const Vector x = load(s + j * room + i);
      return lane < static_cast<Scalar>(j - i) ? splat(-static_cast<Scalar>(__builtin_inf())) : x;
    };
    Vector m = past(0), sum{};
    for (int64_t j = 1; j < last; ++j) m = larger(past(j), m);
    for (int64_t j = 0; j < last; ++j) {
      const Vector e = exp_down(past(j) - m);
      store(s + j * room + i, e);
      sum = sum + e;
    }
    const Vector share = 1 / sum;
    for (int64_t j = 0; j < last; ++j) store(s + j * room + i, load(s + j * room + i) * share);
    for (int64_t j = last; j < t; ++j) store(s + j * room + i, Vector{});
  }
}

// One head of one sequence: where it begins in each array; and 1 / sqrt d.
struct Head {
  int64_t qkv, p, y;
  Scalar scale;
};

// The same head of the next sequence, while this one is worked on: a processor does not foresee rows so far apart.
template <bool written = false>
void prefetch_next(int64_t t, int64_t d, const Scalar* x, int64_t row) {
  for (int64_t i = t; i < 2 * t; ++i)
    for (int64_t l = 0; l < d; l += kLine) __builtin_prefetch(x + i * row + l, written);
}

template <class F>
void for_heads(const Attention& z, const F& f) {
  const int64_t work = z.t * z.t * z.d / 2 + 1;
  parallel_for(z.n * z.heads, kElementsPerThread / work + 1, [&](int64_t begin, int64_t end) {
    const Scalar scale = 1 / root(static_cast<Scalar>(z.d));
    for (int64_t head = begin; head < end; ++head) {
      const int64_t sequence = head / z.heads * z.t * z.heads * z.d, h = head % z.heads * z.d;
      f(Head{3 * sequence + h, head * z.t * z.t, sequence + h, scale});
    }
  });
}

void attention(const Attention& size, const Scalar* qkv, Scalar* p, Scalar* y) {
  const int64_t t = size.t, d = size.d, width = size.heads * d, row = 3 * width, room = whole_vectors(t);
  for_heads(size, [=](const Head& head) {
    const Scalar *const q = qkv + head.qkv, *const k = q + width, *const v = k + width;
    for (const Scalar* x : {q, k, v}) prefetch_next(t, d, x, row);
    Scalar *const q_transposed = scratch(d * room + t * room), *const s = q_transposed + d * room;
    transpose_head(t, d, q, row, q_transposed, room, false);
    for (int64_t l = 0; l < d * room; l += kWidth) store(q_transposed + l, load(q_transposed + l) * head.scale);
    combine(t, d, {k, row, 1}, q_transposed, room, room, s, room);  // s^T = k q^T / sqrt d
    softmax_of_past(t, room, s);
    transpose_head(t, t, s, room, p + head.p, t, true);
    combine(t, t, {s, 1, room}, v, row, d, y + head.y, width);  // y = p v
  });
}

void attention_backward(const Attention& size, const Scalar* qkv, const Scalar* p, const Scalar* dy, Scalar* dqkv) {
  const int64_t t = size.t, d = size.d, width = size.heads * d, row = 3 * width, room = whole_vectors(t);
  for_heads(size, [=](const Head& head) {
    const Scalar *const q = qkv + head.qkv, *const k = q + width, *const v = k + width, *const dy_0 = dy + head.y;
    Scalar *const dq = dqkv + head.qkv, *const dk = dq + width, *const dv = dk + width;
    for (const Scalar* x : {q, k, v}) prefetch_next(t, d, x, row);
    for (const Scalar* dx : {dq, dk, dv}) prefetch_next<true>(t, d, dx, row);
    prefetch_next(t, d, dy_0, width);
    Scalar *const dy_transposed = scratch((d + 2 * t) * room), *const p_transposed = dy_transposed + d * room,
                  *const ds = p_transposed + t * room;  // transposed, too; at first dp
    transpose_head(t, d, dy_0, width, dy_transposed, room, false);
    transpose_head(t, t, p + head.p, t, p_transposed, room, false);
    combine(t, d, {v, row, 1}, dy_transposed, room, room, ds, room);  // dp^T = v dy^T
    for (int64_t i = 0; i < room; i += kWidth) {
      Vector mean{};  // of dp, weighted by p
      for (int64_t j = 0; j < t; ++j) mean = fma(load(p_transposed + j * room + i), load(ds + j * room + i), mean);
      for (int64_t j = 0; j < t; ++j) {
        Scalar* const at = ds + j * room + i;
        store(at, load(p_transposed + j * room + i) * (load(at) - mean) * head.scale);
      }
    }
    combine(t, t, {ds, 1, room}, k, row, d, dq, row);                 // dq = ds k
    combine(t, t, {ds, room, 1}, q, row, d, dk, row);                 // dk = ds^T q
    combine(t, t, {p_transposed, room, 1}, dy_0, width, d, dv, row);  // dv = p^T dy
  });
}

}  // namespace

void use_fast_attention(Table& table) {
  table.attention = attention;
  table.attention_backward = attention_backward;
}

}  // namespace gradus::kernels::GRADUS_LEVEL
