// Batch normalization, by the formulas of plain/batch_norm.cpp.
//
// Two memory layouts, two loops. l == 1: x is a matrix whose columns are channels; sweeps run along its rows, as they
// lie in memory, four at a time (two where three matrices are: the processor foresees only so many streams), and keep a
// vector's worth of every sum in a small array; each sweep begins where the one before ended, since that is what the
// cache still holds; a column is one thread's. l > 1: see batch_norm_planes.h. Either way the sums of a channel are
// made in an order of their own, on any number of threads.
#include <gradus/core/kernels/batch_norm_planes.h>
#include <gradus/core/kernels/instructions.h>

namespace gradus::kernels::GRADUS_LEVEL {
namespace {

template <int value>
struct Rows {
  static constexpr int count = value;
};

// Calls f(rows, j, count, i) for rows [i, i + rows.count) and columns [j, j + count), count <= kWidth.
template <class F, int rows>
inline void along(Rows<rows> some, int64_t i, int64_t begin, int64_t end, const F& f) {
  int64_t j = begin;
  for (; j + kWidth <= end; j += kWidth) f(some, j, kWidth, i);
  if (j < end) f(some, j, end - j, i);
}

// The same for all of the columns [begin, end) of the rows [first, last).
template <int rows, class Direction, class F>
inline void sweep(Rows<rows> some, Direction, int64_t first, int64_t last, int64_t begin, int64_t end, const F& f) {
  const int64_t whole = first + (last - first) / rows * rows;
  if (Direction::up) {
    for (int64_t i = first; i < whole; i += rows) along(some, i, begin, end, f);
    for (int64_t i = whole; i < last; ++i) along(Rows<1>{}, i, begin, end, f);
  } else {
    for (int64_t i = last - 1; i >= whole; --i) along(Rows<1>{}, i, begin, end, f);
    for (int64_t i = whole - rows; i >= first; i -= rows) along(some, i, begin, end, f);
  }
}

// Calls f(begin, end) for pieces of the columns [0, c), each of which has n numbers.
template <class F>
void for_columns(int64_t n, int64_t c, const F& f) {
  const int64_t blocks = (c + kLanes - 1) / kLanes;
  parallel_for(blocks, kElementsPerThread / (kLanes * (n + 1)) + 1,
               [&](int64_t begin, int64_t end) { f(begin * kLanes, end < blocks ? end * kLanes : c); });
}

// y = (x - mean) scale + shift for columns [begin, end), scale and shift in arrays that begin there.
[[gnu::flatten]] void normalize_columns(int64_t n, int64_t c, int64_t begin, int64_t end, const Scalar* x,
                                        const Scalar* mean, const Scalar* scale, const Scalar* shift, Scalar* y) {
  const bool large = streams(y, n * c, c);
  sweep(Rows<4>{}, Upwards{}, 0, n, begin, end, [=](auto rows, int64_t j, int64_t count, int64_t i) {
    const Vector center = read(mean + j, count);
    const Vector factor = read(scale + j - begin, count), summand = read(shift + j - begin, count);
    for (int r = 0; r < rows.count; ++r) {
      const Vector value = fma(read(x + (i + r) * c + j, count) - center, factor, summand);
      large ? stream(y + (i + r) * c + j, value) : write(y + (i + r) * c + j, value, count);
    }
  });
  if (large) finish_stream();
}

[[gnu::flatten]] void forward_columns(int64_t n, int64_t c, int64_t begin, int64_t end, const Scalar* x,
                                      const Scalar* gamma, const Scalar* beta, Scalar eps, Scalar* mean,
                                      Scalar* variance, Scalar* inv_std, Scalar* y) {
  const Scalar m = static_cast<Scalar>(n);
  const int64_t columns = end - begin;
  Scalar* const room = scratch(2 * columns * room_for(n));
  pairwise(Upwards{}, 0, n, columns, room, [=](int64_t first, int64_t last, Scalar* block) {
    Scalar* const sums = block - begin;  // of x - pivot
    sweep(Rows<4>{}, Upwards{}, first, last, begin, end, [=](auto rows, int64_t j, int64_t count, int64_t i) {
      const Vector pivot = read(x + j, count);
      Vector sum = read(sums + j, count);
      for (int r = 0; r < rows.count; ++r) sum += read(x + (i + r) * c + j, count) - pivot;
      write(sums + j, sum, count);
    });
  });
  for (int64_t j = begin; j < end; ++j) mean[j] = x[j] + room[j - begin] / m;
  pairwise(Downwards{}, 0, n, 2 * columns, room, [=](int64_t first, int64_t last, Scalar* block) {
    Scalar *const sums = block - begin, *const rests = sums + columns;  // of (x - mean)^2, and of x - mean
    sweep(Rows<4>{}, Downwards{}, first, last, begin, end, [=](auto rows, int64_t j, int64_t count, int64_t i) {
      const Vector center = read(mean + j, count);
      Vector squares = read(sums + j, count), rest = read(rests + j, count);
      for (int r = 0; r < rows.count; ++r) {
        const Vector d = read(x + (i + r) * c + j, count) - center;
        squares = fma(d, d, squares);
        rest += d;
      }
      write(sums + j, squares, count);
      write(rests + j, rest, count);
    });
  });
  Scalar *const sums = room - begin, *const rests = sums + columns;
  finish_forward(begin, end, m, gamma, beta, eps, variance, inv_std, sums, rests);
  normalize_columns(n, c, begin, end, x, mean, sums + begin, rests + begin, y);
}

[[gnu::flatten]] void backward_columns(int64_t n, int64_t c, int64_t begin, int64_t end, bool training, const Scalar* x,
                                       const Scalar* dy, const Scalar* mean, const Scalar* inv_std, const Scalar* gamma,
                                       Scalar* dx, Scalar* dgamma, Scalar* dbeta) {
  const int64_t columns = end - begin;
  Scalar* const room = scratch(3 * columns * room_for(n));
  pairwise(Upwards{}, 0, n, 3 * columns, room, [=](int64_t first, int64_t last, Scalar* block) {
    Scalar* const sums = block - begin;  // of dy, of dy (x - mean), and of x - mean
    Scalar *const products = sums + columns, *const rests = products + columns;
    sweep(Rows<4>{}, Upwards{}, first, last, begin, end, [=](auto rows, int64_t j, int64_t count, int64_t i) {
      const Vector center = read(mean + j, count);
      Vector sum = read(sums + j, count), product = read(products + j, count), rest = read(rests + j, count);
      for (int r = 0; r < rows.count; ++r) {
        const Vector g = read(dy + (i + r) * c + j, count), distance = read(x + (i + r) * c + j, count) - center;
        sum += g;
        rest += distance;
        product = fma(g, distance, product);
      }
      write(sums + j, sum, count);
      write(rests + j, rest, count);
      write(products + j, product, count);
    });
  });
  Scalar *const sums = room - begin, *const products = sums + columns, *const rests = products + columns;
  finish_backward(begin, end, training ? 1 / static_cast<Scalar>(n) : 0, inv_std, gamma, sums, products, rests, dgamma,
                  dbeta);
  if (dx == nullptr) return;
  const bool large = streams(dx, n * c, c);
  sweep(Rows<2>{}, Downwards{}, 0, n, begin, end, [=](auto rows, int64_t j, int64_t count, int64_t i) {
    const Vector center = read(mean + j, count), a = read(rests + j, count);
    const Vector b = read(products + j, count), e = read(sums + j, count);
    for (int r = 0; r < rows.count; ++r) {
      const int64_t at = (i + r) * c + j;
      const Vector value = fma(a, read(dy + at, count), fma(-b, read(x + at, count) - center, -e));
      large ? stream(dx + at, value) : write(dx + at, value, count);
    }
  });
  if (large) finish_stream();
}

void batch_norm_forward(Channels shape, const Scalar* x, const Scalar* gamma, const Scalar* beta, Scalar eps,
                        Scalar* mean, Scalar* variance, Scalar* inv_std, Scalar* y) {
  if (shape.l != 1) return forward_planes(shape, x, gamma, beta, eps, mean, variance, inv_std, y);
  for_columns(shape.n, shape.c, [=](int64_t begin, int64_t end) {
    forward_columns(shape.n, shape.c, begin, end, x, gamma, beta, eps, mean, variance, inv_std, y);
  });
}

void batch_norm_normalize(Channels shape, const Scalar* x, const Scalar* mean, const Scalar* inv_std,
                          const Scalar* gamma, const Scalar* beta, Scalar* y) {
  if (shape.l != 1) return normalize_planes(shape, x, mean, inv_std, gamma, beta, y);
  for_columns(shape.n, shape.c, [=](int64_t begin, int64_t end) {
    Scalar* const scale = scratch(2 * (end - begin));
    Scalar* const shift = scale + (end - begin);
    for (int64_t j = begin; j < end; ++j) {
      scale[j - begin] = (gamma != nullptr ? gamma[j] : 1) * inv_std[j];
      shift[j - begin] = beta != nullptr ? beta[j] : 0;
    }
    normalize_columns(shape.n, shape.c, begin, end, x, mean, scale, shift, y);
  });
}

void batch_norm_backward(Channels shape, bool training, const Scalar* x, const Scalar* dy, const Scalar* mean,
                         const Scalar* inv_std, const Scalar* gamma, Scalar* dx, Scalar* dgamma, Scalar* dbeta) {
  if (shape.l != 1) return backward_planes(shape, training, x, dy, mean, inv_std, gamma, dx, dgamma, dbeta);
  for_columns(shape.n, shape.c, [=](int64_t begin, int64_t end) {
    backward_columns(shape.n, shape.c, begin, end, training, x, dy, mean, inv_std, gamma, dx, dgamma, dbeta);
  });
}

}  // namespace

void use_fast_batch_norm(Table& table) {
  table.batch_norm_forward = batch_norm_forward;
  table.batch_norm_normalize = batch_norm_normalize;
  table.batch_norm_backward = batch_norm_backward;
}

}  // namespace gradus::kernels::GRADUS_LEVEL
