// c [m, n] = op(a) op(b): the matrix product.
//
// The heart is a tile of c, kRows x 2 vectors, kept in registers while k runs: per k two vectors of b are loaded, one
// number of a a row is spread over a vector, and every pair is multiplied and added. b is read from panels: 2 vectors
// of columns, k rows, padded with zeros at the right edge. a is read where it lies, transposed or not.
#include <gradus/core/kernels/elements.h>
#include <gradus/core/kernels/vector.h>

namespace gradus::kernels::GRADUS_LEVEL {
namespace {

constexpr int kRows = kVectorBytes == 64 ? 14 : kVectorBytes == 32 ? 6 : 4;
constexpr int kPanel = 2 * kWidth;

// A matrix as it lies: element (i, j) at p[i * row + j * col].
struct View {
  const Scalar* p;
  int64_t row, col;
};

template <int rows>
void tile(int64_t k, const View& a, const Scalar* panel, Scalar* c, int64_t ldc, int64_t cols) {
  Vector sum[rows][2] = {};
  for (int64_t l = 0; l < k; ++l) {
    const Vector b0 = load(panel + l * kPanel), b1 = load(panel + l * kPanel + kWidth);
    for (int i = 0; i < rows; ++i) {
      const Vector ai = splat(a.p[i * a.row + l * a.col]);
      sum[i][0] = fma(ai, b0, sum[i][0]);
      sum[i][1] = fma(ai, b1, sum[i][1]);
    }
  }
  for (int i = 0; i < rows; ++i) {
    write(c + i * ldc, sum[i][0], cols < kWidth ? cols : kWidth);
    if (cols > kWidth) write(c + i * ldc + kWidth, sum[i][1], cols - kWidth);
  }
}

// Columns [j, j + cols) of b to a panel.
void pack(int64_t k, const View& b, int64_t j, int64_t cols, Scalar* panel) {
  for (int64_t l = 0; l < k; ++l)
    for (int64_t q = 0; q < kPanel; ++q)
      panel[l * kPanel + q] = q < cols ? b.p[l * b.row + (j + q) * b.col] : 0;
}

// This thread's room for a panel; it grows to the largest k seen and stays.
struct Room {
  Scalar* p = nullptr;
  int64_t size = 0;
  ~Room() { __builtin_free(p); }
  Scalar* at_least(int64_t wanted) {
    if (size < wanted) {
      __builtin_free(p);
      p = static_cast<Scalar*>(__builtin_malloc(static_cast<std::size_t>(wanted) * sizeof(Scalar)));
      if (p == nullptr) __builtin_abort();
      size = wanted;
    }
    return p;
  }
};

thread_local Room room;

}  // namespace

void matmul(Form form, int64_t m, int64_t n, int64_t k, const Scalar* a, const Scalar* b, Scalar* c) {
  const View left = form == Form::tn ? View{a, 1, m} : View{a, k, 1};
  const View right = form == Form::nt ? View{b, 1, k} : View{b, n, 1};
  const int64_t panels = (n + kPanel - 1) / kPanel;
  parallel_for(panels, 1 + (1 << 20) / (m * k * kPanel + 1), [=](int64_t begin, int64_t end) {
    Scalar* panel = room.at_least(k * kPanel);
    for (int64_t j = begin * kPanel; j < end * kPanel && j < n; j += kPanel) {
      const int64_t cols = n - j < kPanel ? n - j : kPanel;
      pack(k, right, j, cols, panel);
      int64_t i = 0;
      for (; i + kRows <= m; i += kRows)
        tile<kRows>(k, {left.p + i * left.row, left.row, left.col}, panel, c + i * n + j, n, cols);
      for (; i < m; ++i) tile<1>(k, {left.p + i * left.row, left.row, left.col}, panel, c + i * n + j, n, cols);
    }
  });
}

}  // namespace gradus::kernels::GRADUS_LEVEL
