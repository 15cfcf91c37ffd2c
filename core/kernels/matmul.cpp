// c [m, n] = op(a) op(b): the matrix product.
//
// The tile. Some rows by two vectors of columns of c are kept in registers while k runs: at each step two vectors of b
// are loaded, one number of every row of a is spread over a vector, and each pair is multiplied and added. Of the 32
// registers of AVX-512, 14 x 2 hold c, 2 hold b, 1 holds a (AVX2 and SSE have 16: 6 x 2). More rows would spill, fewer
// would leave the multipliers waiting for their last result or for memory.
//
// The blocks. k is cut into blocks so that 14 rows of a fit into the first cache, columns so that a block of b fits
// into the second. Then, for every block:
//
//   copy the block of b into panels, each [k, 2 vectors], the last one padded with zeros   (transposed if it must be)
//   for every tile of rows:
//     copy its rows of a side by side                                        (a row of 1024 floats from the next would
//     for every panel:  the tile of c += rows of a x panel of b               share its place in the cache)
//
// The sum of an element of c is one chain of fused multiply-adds in the order of k, started from c in every block but
// the first: the same bits for any tile, block, level with FMA, or number of threads.
#include <gradus/core/kernels/elements.h>
#include <gradus/core/kernels/scratch.h>
#include <gradus/core/kernels/transpose.h>

namespace gradus::kernels::GRADUS_LEVEL {
namespace {

constexpr int kRows = kVectorBytes == 64 ? 14 : 6;
constexpr int kPanel = 2 * kWidth;
#ifndef KD
#define KD 1280
#define KC 2048
#endif
constexpr int64_t kDepth = KD / sizeof(Scalar);    // of a block, along k
constexpr int64_t kColumns = KC / sizeof(Scalar);  // of a block of b

constexpr int64_t kDirect = 256;
constexpr int64_t kProductsPerThread = 1 << 20;  // fewer are done sooner than another thread wakes up

int64_t least(int64_t x, int64_t y) { return x < y ? x : y; }
int64_t pieces(int64_t size, int64_t largest) { return (size + largest - 1) / largest; }

// A matrix as it lies: element (i, j) is p[i * row + j * col], and row or col is 1.
struct View {
  const Scalar* p;
  int64_t row, col;

  View from(int64_t i, int64_t j) const { return {p + i * row + j * col, row, col}; }
};

// How a tile's rows of a are kept: as rows, or (where a comes transposed) as columns.
struct AsRows {
  static constexpr int64_t row = kDepth + 16, col = 1;
};
struct AsColumns {
  static constexpr int64_t row = 1, col = 16;
};

constexpr int64_t kTileRows = kDepth * 16 > kRows * AsRows::row ? kDepth * 16 : kRows * AsRows::row;

// c [rows, vectors] = (first ? 0 : c) + a [rows, k] b [k, vectors]
template <int rows, int vectors, class Layout>
void tile(int64_t k, const Scalar* a, const Scalar* b, int64_t b_row, Scalar* c, int64_t c_row, bool first) {
  Vector sum[rows][vectors] = {};
  if (!first) {
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 2
      for (int j = 0; j < vectors; ++j) sum[i][j] = load(c + i * c_row + j * kWidth);
  }
  for (; k > 0; --k, a += Layout::col, b += b_row) {
    Vector bk[vectors];
#pragma GCC unroll 2
    for (int j = 0; j < vectors; ++j) bk[j] = load(b + j * kWidth);
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i) {
      const Vector ak = splat(a[i * Layout::row]);
#pragma GCC unroll 2
      for (int j = 0; j < vectors; ++j) sum[i][j] = fma(ak, bk[j], sum[i][j]);
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < vectors; ++j) store(c + i * c_row + j * kWidth, sum[i][j]);
}

using Tile = void (*)(int64_t, const Scalar*, const Scalar*, int64_t, Scalar*, int64_t, bool);

// The tile for as many rows as wanted.
template <int vectors, class Layout, int rows = kRows>
Tile tile_of(int64_t wanted) {
  if constexpr (rows > 1) {
    if (wanted < rows) return tile_of<vectors, Layout, rows - 1>(wanted);
  }
  return tile<rows, vectors, Layout>;
}

// Columns [0, cols) of b, cols <= kPanel, to a panel [k, kPanel].
void copy_panel(int64_t k, int64_t cols, const View& b, Scalar* panel) {
  if (b.row == 1) {
    for (int64_t l = 0; l < k; l += kWidth)
      for (int64_t j = 0; j < kPanel; j += kWidth)
        transpose_square(least(cols - j, kWidth), least(k - l, kWidth), b.p + l + j * b.col, b.col,
                         panel + l * kPanel + j, kPanel, false);
  } else if (cols == kPanel) {
    for (int64_t l = 0; l < k; ++l)
      for (int64_t j = 0; j < kPanel; j += kWidth) store(panel + l * kPanel + j, load(b.p + l * b.row + j));
  } else {
    for (int64_t l = 0; l < k; ++l)
      for (int64_t j = 0; j < kPanel; j += kWidth)
        store(panel + l * kPanel + j, j < cols ? read(b.p + l * b.row + j, least(cols - j, kWidth)) : Vector{});
  }
}

// The rows of a for a tile, laid side by side.
void copy_rows(int64_t rows, int64_t k, const View& a, Scalar* y) {
  if (a.col == 1) {
    for (int64_t i = 0; i < rows; ++i)
      __builtin_memcpy(y + i * AsRows::row, a.p + i * a.row, static_cast<std::size_t>(k) * sizeof(Scalar));
  } else {
    for (int64_t l = 0; l < k; ++l) copy_few<16>(y + l * AsColumns::col, a.p + l * a.col, rows);
  }
}

// A tile at the right edge of c, of which only some columns exist.
void edge_tile(Tile whole, int64_t rows, int64_t cols, int64_t k, const Scalar* a, const Scalar* panel, Scalar* c,
               int64_t c_row, bool first) {
  Scalar room[kRows * kPanel];
  if (!first)
    for (int64_t i = 0; i < rows; ++i) copy_few<kPanel>(room + i * kPanel, c + i * c_row, cols);
  whole(k, a, panel, kPanel, room, kPanel, first);
  for (int64_t i = 0; i < rows; ++i) copy_few<kPanel>(c + i * c_row, room + i * kPanel, cols);
}

// The product for a rectangle of c.
void multiply(int64_t m, int64_t n, int64_t k, const View& a, const View& b, Scalar* c, int64_t c_row) {
  Scalar* const panels = scratch(kDepth * kColumns + kTileRows);
  Scalar* const tile_rows = panels + kDepth * kColumns;
  const bool as_rows = a.col == 1;
  const bool direct = b.col == 1 && m <= kDirect;  // too few rows to be worth a copy of b
  const int64_t blocks = k > 0 ? pieces(k, kDepth) : 1, row_tiles = pieces(m, kRows);

  for (int64_t block = 0; block < blocks; ++block) {
    const int64_t l = k * block / blocks, depth = k * (block + 1) / blocks - l;
    for (int64_t j0 = 0; j0 < n; j0 += kColumns) {
      const int64_t columns = least(n - j0, kColumns);
      for (int64_t j = direct ? columns / kPanel * kPanel : 0; j < columns; j += kPanel)
        copy_panel(depth, least(columns - j, kPanel), b.from(l, j0 + j), panels + j * depth);

      for (int64_t t = 0; t < row_tiles; ++t) {
        const int64_t i = m * t / row_tiles, rows = m * (t + 1) / row_tiles - i;
        copy_rows(rows, depth, a.from(i, l), tile_rows);
        const Tile two = as_rows ? tile_of<2, AsRows>(rows) : tile_of<2, AsColumns>(rows);
        const Tile one = as_rows ? tile_of<1, AsRows>(rows) : tile_of<1, AsColumns>(rows);
        for (int64_t j = 0; j < columns; j += kPanel) {
          Scalar* const at = c + i * c_row + j0 + j;
          const int64_t cols = columns - j;
          if (cols < kPanel) {
            edge_tile(cols > kWidth ? two : one, rows, cols, depth, tile_rows, panels + j * depth, at, c_row, block == 0);
          } else if (direct) {
            two(depth, tile_rows, b.from(l, j0 + j).p, b.row, at, c_row, block == 0);
          } else {
            two(depth, tile_rows, panels + j * depth, kPanel, at, c_row, block == 0);
          }
        }
      }
    }
  }
}

// Splits c between threads, along its longer side.
void product(int64_t m, int64_t n, int64_t k, const View& a, const View& b, Scalar* c) {
  const int64_t per_thread = kProductsPerThread / (k + 1);  // elements of c
  if (m >= n) {
    parallel_for(m, per_thread / (n + 1) + 1, [=](int64_t begin, int64_t end) {
      multiply(end - begin, n, k, a.from(begin, 0), b, c + begin * n, n);
    });
  } else {
    const int64_t panels = pieces(n, kPanel);
    parallel_for(panels, per_thread / (kPanel * (m + 1)) + 1, [=](int64_t begin, int64_t end) {
      const int64_t j = begin * kPanel;
      multiply(m, least(end * kPanel, n) - j, k, a, b.from(0, j), c + j, n);
    });
  }
}

}  // namespace

void matmul(Form form, int64_t m, int64_t n, int64_t k, const Scalar* a, const Scalar* b, Scalar* c) {
  const View left = form == Form::tn ? View{a, 1, m} : View{a, k, 1};
  const View right = form == Form::nt ? View{b, 1, k} : View{b, n, 1};
  product(m, n, k, left, right, c);
}

}  // namespace gradus::kernels::GRADUS_LEVEL
