// c [m, n] = op(a) op(b): the matrix product, alone or with a bias added; and the transpose.
//
// The tile. Some rows by two vectors of columns of c are kept in registers while k runs: at each step two vectors of b
// are loaded, one number of every row of a is spread over a vector, and each pair is multiplied and added. Of the 32
// registers of AVX-512, 14 x 2 hold c, 2 hold b, 1 holds a (AVX2 and SSE have 16: 6 x 2). More rows would spill, fewer
// would leave the multipliers waiting for their last result or for memory.
//
// The blocks. k is cut into blocks so that a tile's rows of a stay in the first cache, columns so that a block of b
// stays in the second or third. For every block:
//
//   copy the block of b into panels, each [k, 2 vectors], transposed if it must be, the last one padded with zeros
//   for every tile of rows:
//     copy its rows of a side by side, if where they lie too many share one place in the first cache
//     for every panel:
//       that tile of c += its rows of a x the panel of b
//
// The sum of an element of c is one chain of fused multiply-adds in the order of k, started from c in every block but
// the first: the same bits for any tile, block, level with FMA, or number of threads.
//
// Where an operand is mostly zeros, tiles leave out steps: zeros.h.
#include <gradus/core/kernels/elements.h>
#include <gradus/core/kernels/operand.h>
#include <gradus/core/kernels/scratch.h>
#include <gradus/core/kernels/zeros.h>

namespace gradus::kernels::GRADUS_LEVEL {
namespace {

constexpr int64_t kInPlace = 256;                // up to so many rows of c, b is read where it lies
constexpr int64_t kProductsPerThread = 1 << 18;  // fewer are done sooner than another thread begins

// What a thread needs to work in: the rows of a tile in either layout, and a block of b.
constexpr int64_t kTileRoom = kDepth * kColumnStep + kRows * kRowStep;
constexpr int64_t kRoom = kTileRoom + kDepth * kColumns;

// The next tile of c, while this one is worked on.
void prefetch(int64_t rows, const Scalar* c, int64_t c_row) {
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < kPanel; j += kLine) __builtin_prefetch(c + i * c_row + j, 1);
}

// A tile at the right edge of c, of which only some columns exist.
void edge_tile(Tile tile, int64_t rows, int64_t cols, const Steps& steps, const RowsOfA& a, const Scalar* panel,
               Scalar* c, int64_t c_row, bool first, const Scalar* bias) {
  Scalar room[kRows * kPanel], whole_bias[kPanel];
  if (bias != nullptr) copy_few<kPanel>(whole_bias, bias, cols);
  if (!first)
    for (int64_t i = 0; i < rows; ++i) copy_few<kPanel>(room + i * kPanel, c + i * c_row, cols);
  tile(steps, a, panel, kPanel, room, kPanel, first, bias != nullptr ? whole_bias : nullptr);
  for (int64_t i = 0; i < rows; ++i) copy_few<kPanel>(c + i * c_row, room + i * kPanel, cols);
}

template <int vectors>
Tile tile_of(int64_t rows, const View& a) {
  return a.layout() == Layout::rows ? tile_of<vectors, Layout::rows>(rows, a.mostly_zeros)
                                    : tile_of<vectors, Layout::columns>(rows, a.mostly_zeros);
}

// The product for a rectangle of c, on one thread, with kRoom Scalars to work in; bias may be null.
void multiply(int64_t m, int64_t n, int64_t k, const View& a, const View& b, const Scalar* bias, Scalar* c,
              int64_t c_row, Scalar* room) {
  Scalar* const side_by_side = room;
  Scalar* const panels = room + kTileRoom;
  const bool a_in_place = a.good_in_place(), b_in_place = b.col == 1 && m <= kInPlace && !a.mostly_zeros;
  const int64_t blocks = k > 0 ? pieces(k, kDepth) : 1, row_tiles = pieces(m, a.mostly_zeros ? kRowsWithZeros : kRows);
  StepList list;

  for (int64_t block = 0; block < blocks; ++block) {
    const int64_t l = k * block / blocks, depth = k * (block + 1) / blocks - l;
    const bool first = block == 0;
    for (int64_t j0 = 0; j0 < n; j0 += kColumns) {
      const int64_t columns = least(n - j0, kColumns), whole = columns / kPanel * kPanel;
      for (int64_t j = b_in_place ? whole : 0; j < columns; j += kPanel)
        copy_panel(depth, least(columns - j, kPanel), b.from(l, j0 + j), panels + j * depth);
      const bool leave_out = a.mostly_zeros && all_finite(pieces(columns, kPanel) * kPanel * depth, panels);
      if (a.mostly_zeros && !leave_out) list.all(depth);
      const Scalar* const last_bias = bias != nullptr && block + 1 == blocks ? bias + j0 : nullptr;
      const auto bias_at = [=](int64_t j) { return last_bias != nullptr ? last_bias + j : nullptr; };

      for (int64_t t = 0; t < row_tiles; ++t) {
        const int64_t i = m * t / row_tiles, rows = m * (t + 1) / row_tiles - i;
        RowsOfA rows_of_a{a.from(i, l).p, a.step()};
        if (!a_in_place) {
          copy_rows(rows, depth, a.from(i, l), side_by_side);
          rows_of_a = {side_by_side, a.layout() == Layout::rows ? kRowStep : kColumnStep};
        }
        if (leave_out) list.nonzero(rows, depth, rows_of_a, a.layout());
        const Steps steps = a.mostly_zeros ? Steps{list.count, list.at} : Steps{depth};
        const Tile tile = tile_of<2>(rows, a);
        Scalar* const c_tile = c + i * c_row + j0;
        for (int64_t j = 0; j < whole; j += kPanel) {
          prefetch(rows, c_tile + (j + kPanel < columns ? j + kPanel : rows * c_row), c_row);
          if (b_in_place) {
            tile(steps, rows_of_a, b.from(l, j0 + j).p, b.row, c_tile + j, c_row, first, bias_at(j));
          } else {
            tile(steps, rows_of_a, panels + j * depth, kPanel, c_tile + j, c_row, first, bias_at(j));
          }
        }
        if (whole < columns) {
          edge_tile(columns - whole > kWidth ? tile : tile_of<1>(rows, a), rows, columns - whole, steps, rows_of_a,
                    panels + whole * depth, c_tile + whole, c_row, first, bias_at(whole));
        }
      }
    }
  }
}

// Splits c between threads along its longer side, so that they share the smaller operand; but gradients of weights
// [units, in] by units unless those are far fewer, so that who makes them updates the weights. (README: who owns what.)
void product(int64_t m, int64_t n, int64_t k, const View& a, const View& b, const Scalar* bias, Scalar* c) {
  const int64_t per_thread = kProductsPerThread / (k + 1);  // elements of c
  if (m > n || (a.layout() == Layout::columns && 2 * m >= n)) {
    parallel_for(m, per_thread / (n + 1) + 1, [=](int64_t begin, int64_t end) {
      multiply(end - begin, n, k, a.from(begin, 0), b, bias, c + begin * n, n, scratch(kRoom));
    });
  } else {
    const int64_t panels = pieces(n, kPanel);
    parallel_for(panels, per_thread / (kPanel * (m + 1)) + 1, [=](int64_t begin, int64_t end) {
      const int64_t j = begin * kPanel;
      multiply(m, least(end * kPanel, n) - j, k, a, b.from(0, j), bias != nullptr ? bias + j : nullptr, c + j, n,
               scratch(kRoom));
    });
  }
}

// Where c has few columns, most lanes of a panel would be padding, and its transpose has long rows instead; and where b
// is mostly zeros, it is best on the left.
//   c^T [n, m] = b^T [n, k] a^T [k, m]
void transposed_product(int64_t m, int64_t n, int64_t k, const View& a, const View& b, Scalar* c) {
  parallel_for(pieces(m, kPanel), kProductsPerThread / (kPanel * (n + 1) * (k + 1)) + 1,
               [=](int64_t begin, int64_t end) {
                 const int64_t first = begin * kPanel, count = least(end * kPanel, m) - first;
                 Scalar* const room = scratch(kRoom + n * count);
                 Scalar* const transposed = room + kRoom;
                 multiply(n, count, k, b.transposed(), a.from(first, 0).transposed(), nullptr, transposed, count, room);
                 for (int64_t i = 0; i < count; i += kWidth)
                   for (int64_t j = 0; j < n; j += kWidth)
                     transpose_square(least(n - j, kWidth), least(count - i, kWidth), transposed + j * count + i, count,
                                      c + (first + i) * n + j, n, true);
               });
}

// Products of a few numbers: copying and blocks would take longer than the product. The same chains, one by one.
constexpr int64_t kFewProducts = 256;

void few_products(int64_t m, int64_t n, int64_t k, View a, View b, Scalar* c) {
  const FlushSubnormals flush;
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < n; ++j) {
      Scalar sum = 0;
      for (int64_t l = 0; l < k; ++l) sum = fma(a.p[i * a.row + l * a.col], b.p[l * b.row + j * b.col], sum);
      *c++ = sum;
    }
  }
}

View left_of(Form form, int64_t m, int64_t k, const Scalar* a) {
  return form == Form::tn ? View{a, 1, m} : View{a, k, 1};
}
View right_of(Form form, int64_t n, int64_t k, const Scalar* b) {
  return form == Form::nt ? View{b, 1, k} : View{b, n, 1};
}

// c [m, n] += bias
void add_bias(int64_t m, int64_t n, const Scalar* bias, Scalar* c) {
  const FlushSubnormals flush;
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j) c[i * n + j] += bias[j];
}

void product_of(Form form, int64_t m, int64_t n, int64_t k, const Scalar* a, const Scalar* b, const Scalar* bias,
                Scalar* c) {
  View left = left_of(form, m, k, a), right = right_of(form, n, k, b);
  if (m * n * k <= kFewProducts) {
    few_products(m, n, k, left, right, c);
    if (bias != nullptr) add_bias(m, n, bias, c);
    return;
  }
  if (m * n * k >= kManyProducts) {
    left.mostly_zeros = mostly_zeros(m * k, a);
    right.mostly_zeros = mostly_zeros(k * n, b);
  }
  const bool narrow = n < kPanel && n < m;
  if (!narrow && (!right.mostly_zeros || left.mostly_zeros)) return product(m, n, k, left, right, bias, c);
  transposed_product(m, n, k, left, right, c);
  if (bias != nullptr) add_bias(m, n, bias, c);
}

void matmul(Form form, int64_t m, int64_t n, int64_t k, const Scalar* a, const Scalar* b, Scalar* c) {
  product_of(form, m, n, k, a, b, nullptr, c);
}

void linear(int64_t m, int64_t n, int64_t k, const Scalar* x, const Scalar* w, const Scalar* bias, Scalar* y) {
  product_of(Form::nt, m, n, k, x, w, bias, y);
}

// Whole products are shared between threads: there are many, and they are small.
void matmul_stack(Form form, int64_t count, int64_t m, int64_t n, int64_t k, const Scalar* a, int64_t a_step,
                  const Scalar* b, int64_t b_step, Scalar* c) {
  if (count == 1) return matmul(form, m, n, k, a, b, c);
  const int64_t grain = kProductsPerThread / 4 / (m * n * k + 1) + 1;  // small matrices take longer
  parallel_for(count, grain, [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const View left = left_of(form, m, k, a + i * a_step), right = right_of(form, n, k, b + i * b_step);
      if (m * n * k <= kFewProducts) {
        few_products(m, n, k, left, right, c + i * m * n);
      } else {
        multiply(m, n, k, left, right, nullptr, c + i * m * n, n, scratch(kRoom));
      }
    }
  });
}

// In squares, each of them turned over in registers.
void transpose(int64_t rows, int64_t cols, const Scalar* x, int64_t x_row, Scalar* y, int64_t y_row) {
  const int64_t strips = pieces(cols, kWidth);  // of y's rows
  parallel_for(strips, kElementsPerThread / (kWidth * (rows + 1)) + 1, [=](int64_t begin, int64_t end) {
    for (int64_t j = begin * kWidth; j < end * kWidth; j += kWidth)
      for (int64_t i = 0; i < rows; i += kWidth)
        transpose_square(least(rows - i, kWidth), least(cols - j, kWidth), x + i * x_row + j, x_row, y + j * y_row + i,
                         y_row, true);
  });
}

}  // namespace

void use_fast_matmul(Table& table) {
  table.matmul = matmul;
  table.linear = linear;
  table.matmul_stack = matmul_stack;
  table.transpose = transpose;
}

}  // namespace gradus::kernels::GRADUS_LEVEL
