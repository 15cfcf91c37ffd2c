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
//   dw[k, l] = sum over images and j of dy[k, j] frame[offset(l) + j]      dy spread over j as above, else 0
//
// A y or dx is one chain of fused multiply-adds in the order of l; a dw is made in 16 lanes along j, over a block of
// images, and the blocks are added up. Threads share images, and for dw filters: the same bits on any number of them.
#include <gradus/core/kernels/elements.h>
#include <gradus/core/kernels/scratch.h>
#include <gradus/core/kernels/tile.h>

namespace gradus::kernels::GRADUS_LEVEL {
namespace {

constexpr int64_t kProductsPerThread = 1 << 16;  // fewer are done sooner than another thread begins

int64_t whole_lanes(int64_t size) { return pieces(size, 2 * kLanes) * 2 * kLanes; }
int64_t images_per_thread(const Conv2d& z) {
  return kProductsPerThread / (z.k * z.c * z.r * z.s * z.p() * z.q() + 1) + 1;
}

void set_zero(int64_t count, Scalar* to) { __builtin_memset(to, 0, static_cast<std::size_t>(count) * sizeof(Scalar)); }

// Numbers as they lie in rows: each `step` behind the one before it.
template <class T>
struct Rows {
  T* p;
  int64_t row, step;
};

// to = f(from), rows by columns.
template <class F>
inline void copy(int64_t rows, int64_t columns, Rows<const Scalar> from, Rows<Scalar> to, const F& f) {
  if (from.step == 1 && to.step == 1) {
    for (int64_t j = 0; j < columns; j += kWidth)
      for (int64_t i = 0, few = least(columns - j, kWidth); i < rows; ++i)
        write(to.p + i * to.row + j, f(read(from.p + i * from.row + j, few)), few);
  } else {
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < columns; ++j)
        to.p[i * to.row + j * to.step] = f(splat(from.p[i * from.row + j * from.step]))[0];
  }
}

inline void copy(int64_t rows, int64_t columns, Rows<const Scalar> from, Rows<Scalar> to) {
  copy(rows, columns, from, to, [](Vector v) { return v; });
}

// Images of [channels, height, width], with room behind for a vector that reads past the end.
struct Frame {
  int64_t channels, height, width;
  int64_t size() const { return whole_lanes(channels * height * width) + 4 * kLanes; }

  // Where each element of a filter [channels, r, s] lies, from where the filter does.
  void offsets(int64_t r, int64_t s, int64_t* to) const {
    for (int64_t c = 0; c < channels; ++c)
      for (int64_t i = 0; i < r; ++i)
        for (int64_t j = 0; j < s; ++j) *to++ = (c * height + i) * width + j;
  }

  // x [channels, h, w] with its first pixel at (top, left), `step` apart. What is outside is left out; elsewhere stays
  // what is there, the zeros of the Room.
  void fill(const Scalar* x, int64_t h, int64_t w, int64_t top, int64_t left, int64_t step, Scalar* to) const {
    const auto first = [=](int64_t start) { return start < 0 ? (step - 1 - start) / step : 0; };
    const auto last = [=](int64_t start, int64_t size) { return size > start ? (size - start + step - 1) / step : 0; };
    const int64_t i = first(top), j = first(left);
    const int64_t rows = least(h, last(top, height)) - i, columns = least(w, last(left, width)) - j;
    for (int64_t c = 0; c < channels; ++c)
      copy(rows, columns, {x + (c * h + i) * w + j, w, 1},
           {to + (c * height + top + i * step) * width + left + j * step, step * width, step});
  }
};

// y [rows, 2 vectors] = w [depth, rows]^T x, row l of x at offsets[l].
template <int rows>
void apply_filters(int64_t depth, const Scalar* w, const int64_t* offsets, const Scalar* x, Scalar* y, int64_t y_row) {
  Vector sum[rows][2] = {};
  for (int64_t l = 0; l < depth; ++l, w += rows) {
    const Vector first = load(x + offsets[l]), second = load(x + offsets[l] + kWidth);
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i) {
      const Vector wi = broadcast(w + i);
      sum[i][0] = fma(wi, first, sum[i][0]);
      sum[i][1] = fma(wi, second, sum[i][1]);
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i) {
    store(y + i * y_row, sum[i][0]);
    store(y + i * y_row + kWidth, sum[i][1]);
  }
}

using FilterTile = void (*)(int64_t, const Scalar*, const int64_t*, const Scalar*, Scalar*, int64_t);

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

  // y [count, length], its rows whole_lanes(length) apart, from a frame.
  void apply(const Scalar* laid_out, const int64_t* offsets, const Scalar* frame, int64_t length, Scalar* y) const {
    const int64_t y_row = whole_lanes(length);
    for (int64_t j = 0; j < length; j += kPanel)
      for (int64_t t = 0; t < tiles(); ++t) {
        const int64_t k = first(t);
        filter_tile(first(t + 1) - k)(depth, laid_out + k * depth, offsets, frame + j, y + k * y_row + j, y_row);
      }
  }
};

// A thread's room: offsets, filters as they are laid out, frames of zeros, and as much again as the caller wants (a
// vector that begins in there may end behind it).
struct Room {
  int64_t* offsets;
  Scalar *filters, *frame, *rest;

  Room(const Frame& size, int64_t frames, int64_t depth, int64_t filter_numbers, int64_t rest_numbers) {
    const int64_t offset_numbers = whole_lanes(depth * static_cast<int64_t>(sizeof(int64_t) / sizeof(Scalar)));
    const int64_t frame_numbers = frames * size.size();
    Scalar* const start = scratch(offset_numbers + whole_lanes(filter_numbers) + frame_numbers + rest_numbers + kLanes);
    offsets = reinterpret_cast<int64_t*>(start);
    filters = start + offset_numbers;
    frame = filters + whole_lanes(filter_numbers);
    rest = frame + frame_numbers;
    set_zero(frame_numbers, frame);
  }
};

void conv2d(const Conv2d& z, const Scalar* x, const Scalar* w, const Scalar* bias, Scalar* y) {
  const Frame frame{z.c, z.h + 2 * z.padding, z.w + 2 * z.padding};
  const Filters filters{z.k, z.c * z.r * z.s};
  const int64_t p = z.p(), q = z.q();
  const int64_t length = (p - 1) * z.stride * frame.width + (q - 1) * z.stride + 1;
  parallel_for(z.n, images_per_thread(z), [&](int64_t begin, int64_t end) {
    const Room room(frame, 1, filters.depth, z.k * filters.depth, z.k * whole_lanes(length));
    frame.offsets(z.r, z.s, room.offsets);
    filters.lay_out([&](int64_t k, int64_t l) { return w[k * filters.depth + l]; }, room.filters);
    for (int64_t image = begin; image < end; ++image) {
      frame.fill(x + image * z.c * z.h * z.w, z.h, z.w, z.padding, z.padding, 1, room.frame);
      filters.apply(room.filters, room.offsets, room.frame, length, room.rest);
      Scalar* to = y + image * z.k * p * q;
      for (int64_t k = 0; k < z.k; ++k) {
        const Rows<const Scalar> from{room.rest + k * whole_lanes(length), z.stride * frame.width, z.stride};
        const Vector b = splat(bias != nullptr ? bias[k] : 0);
        copy(p, q, from, {to + k * p * q, q, 1}, [=](Vector v) { return v + b; });
      }
    }
  });
}

void conv2d_backward_x(const Conv2d& z, const Scalar* w, const Scalar* dy, Scalar* dx) {
  const Frame frame{z.k, z.h + z.r - 1, z.w + z.s - 1};
  const Filters filters{z.c, z.k * z.r * z.s};
  const int64_t length = (z.h - 1) * frame.width + z.w, window = z.r * z.s;
  parallel_for(z.n, images_per_thread(z), [&](int64_t begin, int64_t end) {
    const Room room(frame, 1, filters.depth, z.c * filters.depth, z.c * whole_lanes(length));
    frame.offsets(z.r, z.s, room.offsets);
    const auto turned = [&](int64_t c, int64_t l) {
      return w[((l / window) * z.c + c) * window + window - 1 - l % window];
    };
    filters.lay_out(turned, room.filters);
    for (int64_t image = begin; image < end; ++image) {
      frame.fill(dy + image * z.k * z.p() * z.q(), z.p(), z.q(), z.r - 1 - z.padding, z.s - 1 - z.padding, z.stride,
                 room.frame);
      filters.apply(room.filters, room.offsets, room.frame, length, room.rest);
      Scalar* to = dx + image * z.c * z.h * z.w;
      for (int64_t c = 0; c < z.c; ++c)
        copy(z.h, z.w, {room.rest + c * whole_lanes(length), frame.width, 1}, {to + c * z.h * z.w, z.w, 1});
    }
  });
}

// Of dw, a tile of some filters by three offsets is kept in registers while the images of a block go by.
constexpr int kFilters = kVectorBytes == 64 ? 8 : 4, kOffsets = 3;

// Images as they lie in a room: so many, each so many numbers behind the one before.
struct Images {
  const Scalar* p;
  int64_t step;
};

// sums [filters, offsets] += the products of dy and the frames at those offsets, along j and over the images.
void add_gradients(int64_t images, int64_t length, Images dy, int64_t dy_row, Images frames, const int64_t* offsets,
                   Scalar* sums) {
  Lanes sum[kFilters][kOffsets];
  for (int part = 0; part < kParts; ++part) {
    Vector s[kFilters][kOffsets] = {};
    for (int64_t image = 0; image < images; ++image) {
      const Scalar *const g = dy.p + image * dy.step + part * kWidth, *const frame = frames.p + image * frames.step +
                                                                                     part * kWidth;
      const Scalar *const x0 = frame + offsets[0], *const x1 = frame + offsets[1], *const x2 = frame + offsets[2];
      for (int64_t j = 0; j < length; j += kLanes) {
        const Vector x[kOffsets] = {load(x0 + j), load(x1 + j), load(x2 + j)};
#pragma GCC unroll 8
        for (int i = 0; i < kFilters; ++i) {
          const Vector gi = kept(load(g + i * dy_row + j));
#pragma GCC unroll 3
          for (int l = 0; l < kOffsets; ++l) s[i][l] = fma(gi, x[l], s[i][l]);
        }
      }
    }
#pragma GCC unroll 8
    for (int i = 0; i < kFilters; ++i)
#pragma GCC unroll 3
      for (int l = 0; l < kOffsets; ++l) sum[i][l].part[part] = s[i][l];
  }
  for (int i = 0; i < kFilters; ++i)
    for (int l = 0; l < kOffsets; ++l) *sums++ += total(sum[i][l]);
}

// Filters are shared out in groups, and offsets worked on in threes; the last of either are filled up.
void conv2d_backward_w(const Conv2d& z, const Scalar* x, const Scalar* dy, Scalar* dw) {
  constexpr int64_t kTile = kFilters * kOffsets, kLargestBlock = 16;
  const Frame frame{z.c, z.h + 2 * z.padding, z.w + 2 * z.padding};
  const int64_t depth = z.c * z.r * z.s, threes = pieces(depth, kOffsets), p = z.p(), q = z.q();
  const int64_t length = (p - 1) * z.stride * frame.width + (q - 1) * z.stride + 1, dy_row = whole_lanes(length);
  const int64_t block = least(kLargestBlock, 1024 / length + 1);  // images: what a tile reads stays in the first cache
  const int64_t grain = kProductsPerThread / (kFilters * z.n * depth * p * q + 1) + 1;
  parallel_for(pieces(z.k, kFilters), grain, [&](int64_t begin, int64_t end) {
    const int64_t first = begin * kFilters, count = least(end * kFilters, z.k) - first, groups = end - begin;
    const int64_t dy_size = groups * kFilters * dy_row, sums_size = groups * threes * kTile;
    const Room room(frame, block, threes * kOffsets, 0, block * dy_size + sums_size);
    Scalar *const room_of_dy = room.rest, *const sums = room_of_dy + block * dy_size;
    set_zero(block * dy_size + sums_size, room_of_dy);
    frame.offsets(z.r, z.s, room.offsets);
    for (int64_t l = depth; l < threes * kOffsets; ++l) room.offsets[l] = 0;

    for (int64_t image = 0; image < z.n; image += block) {
      const int64_t images = least(block, z.n - image);
      for (int64_t i = 0; i < images; ++i) {
        frame.fill(x + (image + i) * z.c * z.h * z.w, z.h, z.w, z.padding, z.padding, 1, room.frame + i * frame.size());
        for (int64_t k = 0; k < count; ++k)
          copy(p, q, {dy + ((image + i) * z.k + first + k) * p * q, q, 1},
               {room_of_dy + i * dy_size + k * dy_row, z.stride * frame.width, z.stride});
      }
      for (int64_t g = 0; g < groups; ++g)
        for (int64_t t = 0; t < threes; ++t)
          add_gradients(images, length, {room_of_dy + g * kFilters * dy_row, dy_size}, dy_row,
                        {room.frame, frame.size()}, room.offsets + t * kOffsets, sums + (g * threes + t) * kTile);
    }
    for (int64_t k = 0; k < count; ++k)
      for (int64_t l = 0; l < depth; ++l) {
        const int64_t tile = k / kFilters * threes + l / kOffsets, at = k % kFilters * kOffsets + l % kOffsets;
        dw[(first + k) * depth + l] = sums[tile * kTile + at];
      }
  });
}

}  // namespace

void use_fast_conv2d(Table& table) {
  table.conv2d = conv2d;
  table.conv2d_backward_x = conv2d_backward_x;
  table.conv2d_backward_w = conv2d_backward_w;
}

}  // namespace gradus::kernels::GRADUS_LEVEL
