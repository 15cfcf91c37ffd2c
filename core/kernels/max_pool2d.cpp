// The largest of each window. Windows of two by two, side by side, are the usual ones: those are worked on a vector
// of outputs at a time; other windows by the plain loop, planes shared between threads.
#include <gradus/core/kernels/elements.h>
#include <gradus/core/kernels/vector.h>

namespace gradus::kernels::GRADUS_LEVEL {
namespace {

// Calls f(z, plane) for pieces of all images and channels, z the sizes of the piece seen as images of one channel.
template <class F>
void for_planes(Conv2d z, const F& f) {
  parallel_for(z.n * z.c, kElementsPerThread / (z.h * z.w + 1) + 1, [&](int64_t begin, int64_t end) {
    Conv2d piece = z;
    piece.n = end - begin;
    piece.c = 1;
    f(piece, begin);
  });
}

// Pairs of pixels in pairs of rows; and numbers of the size of int32_t, so that a vector of outputs has one of places.
bool in_pairs(const Conv2d& z) { return z.r == 2 && z.s == 2 && z.stride == 2 && sizeof(Scalar) == sizeof(int32_t); }

// The numbers of the first pixels of windows side by side, `first` that of the first.
inline IntegerVector corners(int64_t first) {
  IntegerVector steps;
  for (int i = 0; i < kWidth; ++i) steps[i] = 2 * i;
  return steps + static_cast<Integer>(first);
}

template <int... i>
inline Vector even_lanes(Vector a, Vector b, std::integer_sequence<int, i...>) {
  return __builtin_shufflevector(a, b, (2 * i)...);
}
template <int... i>
inline Vector odd_lanes(Vector a, Vector b, std::integer_sequence<int, i...>) {
  return __builtin_shufflevector(a, b, (2 * i + 1)...);
}

// `count` outputs from two rows of pixels, the first of them number `first` of its image.
void pool_pairs(int64_t count, const Scalar* upper, const Scalar* lower, int64_t first, int64_t row, Scalar* y,
                int32_t* where) {
  constexpr std::make_integer_sequence<int, kWidth> kIndices{};
  const int64_t rest = 2 * count > kWidth ? 2 * count - kWidth : 0, begin = 2 * count - rest;
  const Vector u0 = read(upper, begin), u1 = rest ? read(upper + kWidth, rest) : Vector{};
  const Vector l0 = read(lower, begin), l1 = rest ? read(lower + kWidth, rest) : Vector{};
  const Vector candidates[] = {odd_lanes(u0, u1, kIndices), even_lanes(l0, l1, kIndices), odd_lanes(l0, l1, kIndices)};
  const Integer places[] = {1, static_cast<Integer>(row), static_cast<Integer>(row + 1)};
  Vector largest = even_lanes(u0, u1, kIndices);
  IntegerVector place = {};
  for (int i = 0; i < 3; ++i) {
    const IntegerVector better = (largest == largest) & ~(candidates[i] <= largest);  // a NaN comes and stays
    largest = better ? candidates[i] : largest;
    place = better ? place - place + places[i] : place;
  }
  write_in_pieces(y, largest, count);
  write_in_pieces(reinterpret_cast<Scalar*>(where), (Vector)(corners(first) + place), count);
}

void max_pool2d(const Conv2d& size, const Scalar* x, Scalar* y, int32_t* where) {
  const int64_t p = size.p(), q = size.q();
  for_planes(size, [=](const Conv2d& z, int64_t plane) {
    const Scalar* from = x + plane * z.h * z.w;
    Scalar* to = y + plane * p * q;
    int32_t* place = where + plane * p * q;
    if (!in_pairs(z)) return plain::max_pool2d(z, from, to, place);
    for (int64_t image = 0; image < z.n; ++image, from += z.h * z.w)
      for (int64_t i = 0; i < p; ++i, to += q, place += q)
        for (int64_t j = 0; j < q; j += kWidth) {
          const int64_t first = 2 * i * z.w + 2 * j;
          pool_pairs(least(q - j, kWidth), from + first, from + first + z.w, first, z.w, to + j, place + j);
        }
  });
}

// a0 b0 a1 b1 ...: the first half of it, or the second.
template <int half, int... i>
inline Vector alternating(Vector a, Vector b, std::integer_sequence<int, i...>) {
  return __builtin_shufflevector(a, b, (half * kWidth / 2 + i / 2 + i % 2 * kWidth)...);
}

// Two rows of dx from `count` outputs: in every window dy where the largest stood, else 0.
void spread_pairs(int64_t count, const Scalar* dy, const int32_t* where, int64_t first, int64_t row, Scalar* upper,
                  Scalar* lower) {
  constexpr std::make_integer_sequence<int, kWidth> kIndices{};
  const IntegerVector place = (IntegerVector)read(reinterpret_cast<const Scalar*>(where), count) - corners(first);
  const Vector gradient = read(dy, count) + 0;
  const int64_t rest = 2 * count > kWidth ? 2 * count - kWidth : 0;
  const auto write_row = [&](Integer number, Scalar * to) __attribute__((always_inline)) {
    const Vector left = place == number ? gradient : Vector{}, right = place == number + 1 ? gradient : Vector{};
    write_in_pieces(to, alternating<0>(left, right, kIndices), 2 * count - rest);
    if (rest > 0) write_in_pieces(to + kWidth, alternating<1>(left, right, kIndices), rest);
  };
  write_row(0, upper);
  write_row(static_cast<Integer>(row), lower);
}

void max_pool2d_backward(const Conv2d& size, const Scalar* dy, const int32_t* where, Scalar* dx) {
  const int64_t p = size.p(), q = size.q();
  const bool pairs = in_pairs(size) && size.h == 2 * p && size.w == 2 * q;  // all of dx is in windows
  for_planes(size, [=](Conv2d z, int64_t plane) {
    const int64_t end = plane + z.n;
    z.n = 1;  // plane by plane: the zeros are still in the cache when gradients are put among them
    for (; plane < end; ++plane) {
      const Scalar* const from = dy + plane * p * q;
      const int32_t* const places = where + plane * p * q;
      Scalar* const to = dx + plane * z.h * z.w;
      if (!pairs) plain::max_pool2d_backward(z, from, places, to);
      for (int64_t i = 0; pairs && i < p; ++i)
        for (int64_t j = 0; j < q; j += kWidth) {
          const int64_t first = 2 * i * z.w + 2 * j, at = i * q + j;
          spread_pairs(least(q - j, kWidth), from + at, places + at, first, z.w, to + first, to + first + z.w);
        }
    }
  });
}

}  // namespace

void use_fast_max_pool2d(Table& table) {
  table.max_pool2d = max_pool2d;
  table.max_pool2d_backward = max_pool2d_backward;
}

}  // namespace gradus::kernels::GRADUS_LEVEL
