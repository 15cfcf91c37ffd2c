// Convolution as a product of matrices, without unfolding the image.
//
// An image is copied into a frame, with the zeros of its padding around it. Then the inputs under element l = (c, r, s)
// of a filter, for all its places, are the frame itself from offset(l) on, one number after another:
//
//   y[k, j] = sum over l of w[k, l] frame[offset(l) + j]      j = p width + q, width that of the frame
//
// so b of the product need not be copied: each of its rows is read where it lies. Some j stand between two rows of y;
// they are computed and dropped. The gradients are of the same kind:
//
//   dx: the same sum, where the frame holds dy (with stride - 1 zeros between its elements) and the filters are
//       [c, k, r, s], turned by half a turn
//   dw: see conv2d_backward_w.cpp
//
// A y or dx is one chain of fused multiply-adds in the order of l. Threads share images.
#include <gradus/core/kernels/elements.h>
#include <gradus/core/kernels/frame.h>

namespace gradus::kernels::GRADUS_LEVEL {
namespace {

// A vector of sums: from where in the frame, to where in y, and how many of its numbers count.
struct Piece {
  int64_t frame, y, count;
};

// y [p, q] of a filter, `step` apart in frames of this width. Its rows are computed a vector at a time, straight into
// y, where little is lost by rows that end within a vector; else all that lies between its first and its last place, in
// one long row, from which y is copied.
struct Output {
  int64_t p, q, step, width;
  int64_t length() const { return span(p, q, step, width); }
  bool straight() const { return step == 1 && 8 * p * pieces(q, kWidth) * kWidth <= 9 * whole_lanes(length()); }
  int64_t row() const { return straight() ? p * q : whole_lanes(length()); }  // from a filter's sums to the next one's
  int64_t count() const {  // of pieces, even: tiles take two at a time
    return straight() ? (p * pieces(q, kWidth) + 1) / 2 * 2 : row() / kWidth;
  }

  void lay_out(Piece* to) const {
    if (!straight()) {
      for (int64_t i = 0; i < count(); ++i) *to++ = {i * kWidth, i * kWidth, kWidth};
      return;
    }
    const Piece* const begin = to;
    for (int64_t i = 0; i < p; ++i)
      for (int64_t j = 0; j < q; j += kWidth) *to++ = {i * width + j, i * q + j, least(q - j, kWidth)};
    if (to - begin < count()) *to = to[-1];
  }
};

// y [rows, two pieces] = w [depth, rows]^T x + bias, row l of x at offsets[l].
template <int rows>
void apply_filters(int64_t depth, const Scalar* w, const Scalar* bias, const int64_t* offsets, const Scalar* frame,
                   const Piece* two, Scalar* y, int64_t y_row) {
  Vector sum[rows][2] = {};
  const Scalar *const x0 = frame + two[0].frame, *const x1 = frame + two[1].frame;
  for (int64_t l = 0; l < depth; ++l, w += rows) {
    const Vector first = load(x0 + offsets[l]), second = load(x1 + offsets[l]);
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i) {
      const Vector wi = broadcast(w + i);
      sum[i][0] = fma(wi, first, sum[i][0]);
      sum[i][1] = fma(wi, second, sum[i][1]);
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i) {
    const Vector b = splat(bias != nullptr ? bias[i] : 0);
    write_in_pieces(y + i * y_row + two[0].y, sum[i][0] + b, two[0].count);
    write_in_pieces(y + i * y_row + two[1].y, sum[i][1] + b, two[1].count);
  }
}

using FilterTile = void (*)(int64_t, const Scalar*, const Scalar*, const int64_t*, const Scalar*, const Piece*, Scalar*,
                            int64_t);

template <int rows = kRows>
FilterTile filter_tile(int64_t wanted) {
  if constexpr (rows > 1) {
    if (wanted < rows) return filter_tile<rows - 1>(wanted);
  }
  return apply_filters<rows>;
}

// Filters of one product, laid out as its tiles read them: [depth, rows] for each.
struct Filters {
  int64_t count, depth;
  int64_t tiles() const { return pieces(count, kRows); }
  int64_t first(int64_t tile) const { return count * tile / tiles(); }

  template <class Weight>
  void lay_out(const Weight& weight, Scalar* to) const {
    for (int64_t t = 0; t < tiles(); ++t)
      for (int64_t l = 0; l < depth; ++l)
        for (int64_t k = first(t); k < first(t + 1); ++k) *to++ = weight(k, l);
  }
};

// y [n, filters, p, q] = weight [filters, depth] applied to x [n, channels, h, w] in frames, + bias. The filters'
// windows are [r, s].
template <class Weight>
void apply(const Conv2d& z, const Frame& frame, const Image& image, const Filters& filters, const Output& out,
           const Scalar* x, const Weight& weight, const Scalar* bias, Scalar* y) {
  const int64_t x_size = frame.channels * image.h * image.w, y_size = filters.count * out.p * out.q;
  const int64_t count = out.count(), row = out.row();
  parallel_for(z.n, images_per_thread(z), [&](int64_t begin, int64_t end) {
    const int64_t filter_numbers = whole_lanes(filters.count * filters.depth);
    const Room room(3 * count + filters.depth, frame, 1, filter_numbers + (out.straight() ? 0 : filters.count * row));
    Piece* const pieces = reinterpret_cast<Piece*>(room.integers);
    int64_t* const offsets = room.integers + 3 * count;
    out.lay_out(pieces);
    frame.offsets(z.r, z.s, offsets);
    filters.lay_out(weight, room.rest);
    for (int64_t i = begin; i < end; ++i) {
      frame.fill(x + i * x_size, image, room.frame);
      Scalar *const to = y + i * y_size, *const sums = out.straight() ? to : room.rest + filter_numbers;
      for (int64_t piece = 0; piece < count; piece += 2)
        for (int64_t t = 0; t < filters.tiles(); ++t) {
          const int64_t k = filters.first(t);
          filter_tile(filters.first(t + 1) - k)(filters.depth, room.rest + k * filters.depth,
                                                bias != nullptr ? bias + k : nullptr, offsets, room.frame,
                                                pieces + piece, sums + k * row, row);
        }
      for (int64_t k = 0; k < filters.count && !out.straight(); ++k)
        copy(out.p, out.q, {sums + k * row, out.step * out.width, out.step}, {to + k * out.p * out.q, out.q, 1});
    }
  });
}

void conv2d(const Conv2d& z, const Scalar* x, const Scalar* w, const Scalar* bias, Scalar* y) {
  const Frame frame{z.c, z.h + 2 * z.padding, z.w + 2 * z.padding};
  const Filters filters{z.k, z.c * z.r * z.s};
  const auto weight = [&](int64_t k, int64_t l) { return w[k * filters.depth + l]; };
  apply(z, frame, {z.h, z.w, z.padding, z.padding, 1}, filters, {z.p(), z.q(), z.stride, frame.width}, x, weight, bias,
        y);
}

void conv2d_backward_x(const Conv2d& z, const Scalar* w, const Scalar* dy, Scalar* dx) {
  const Frame frame{z.k, z.h + z.r - 1, z.w + z.s - 1};
  const int64_t window = z.r * z.s;
  const auto turned = [&](int64_t c, int64_t l) {
    return w[((l / window) * z.c + c) * window + window - 1 - l % window];
  };
  apply(z, frame, {z.p(), z.q(), z.r - 1 - z.padding, z.s - 1 - z.padding, z.stride}, {z.c, z.k * window},
        {z.h, z.w, 1, frame.width}, dy, turned, nullptr, dx);
}

}  // namespace

void use_fast_conv2d(Table& table) {
  table.conv2d = conv2d;
  table.conv2d_backward_x = conv2d_backward_x;
}

}  // namespace gradus::kernels::GRADUS_LEVEL
