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
// A y or dx is one chain of fused multiply-adds in the order of l; a dw is made in 16 lanes along j, image after image
// in blocks of 16. Threads share images, and for dw filters: the same bits on any number of them.
#include <gradus/core/kernels/elements.h>
#include <gradus/core/kernels/instructions.h>
#include <gradus/core/kernels/scratch.h>

namespace gradus::kernels::GRADUS_LEVEL {
namespace {

// A tile's rows, at most, and columns: as those of matmul.cpp.
constexpr int kRows = kVectorBytes == 64 ? 14 : 6;
constexpr int64_t kPanel = 2 * kWidth;
constexpr int64_t kProductsPerThread = 1 << 16;  // fewer are done sooner than another thread begins

int64_t least(int64_t x, int64_t y) { return x < y ? x : y; }
int64_t pieces(int64_t size, int64_t largest) { return (size + largest - 1) / largest; }
int64_t whole_lanes(int64_t size) { return pieces(size, 2 * kLanes) * 2 * kLanes; }
int64_t images_per_thread(const Conv2d& z) {
  return kProductsPerThread / (z.k * z.c * z.r * z.s * z.p() * z.q() + 1) + 1;
}

// count numbers from one place to another, where they lie `step` apart.
void spread(int64_t count, const Scalar* from, int64_t step, Scalar* to) {
  int64_t j = 0;
  if (step == 1) {
    for (; j + kWidth <= count; j += kWidth) store(to + j, load(from + j));
    if (j < count) store_few(to + j, load_few(from + j, count - j), count - j);
  } else {
    for (; j < count; ++j) to[j * step] = from[j];
  }
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

  // x [channels, h, w] with its first pixel at (top, left), `step` apart; zeros elsewhere. What is outside is left out.
  void fill(const Scalar* x, int64_t h, int64_t w, int64_t top, int64_t left, int64_t step, Scalar* to) const {
    __builtin_memset(to, 0, static_cast<std::size_t>(size()) * sizeof(Scalar));
    for (int64_t c = 0; c < channels; ++c)
      for (int64_t i = 0; i < h; ++i) {
        const int64_t row = top + i * step;
        if (row < 0 || row >= height) continue;
        const Scalar* from = x + (c * h + i) * w;
        Scalar* at = to + (c * height + row) * width;
        const int64_t first = left < 0 ? (step - 1 - left) / step : 0;
        const int64_t fitting = width > left ? (width - left + step - 1) / step : 0;
        spread(least(w, fitting) - first, from + first, step, at + left + first * step);
      }
  }
};

// y [rows, 2 vectors] = w [depth, rows]^T x, row l of x at offsets[l].
template <int rows>
void add_products(int64_t depth, const Scalar* w, const int64_t* offsets, const Scalar* x, Scalar* y, int64_t y_row) {
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

using Tile = void (*)(int64_t, const Scalar*, const int64_t*, const Scalar*, Scalar*, int64_t);

template <int rows = kRows>
Tile tile_of(int64_t wanted) {
  if constexpr (rows > 1) {
    if (wanted < rows) return tile_of<rows - 1>(wanted);
  }
  return add_products<rows>;
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
        tile_of(first(t + 1) - k)(depth, laid_out + k * depth, offsets, frame + j, y + k * y_row + j, y_row);
      }
  }
};

// A thread's room: offsets, filters as they are laid out, a frame, and as much again as the caller wants (a vector that
// begins in there may end behind it).
struct Room {
  int64_t* offsets;
  Scalar *filters, *frame, *rest;

  Room(const Frame& size, int64_t depth, int64_t filter_numbers, int64_t rest_numbers) {
    const int64_t offset_numbers = whole_lanes(depth * static_cast<int64_t>(sizeof(int64_t) / sizeof(Scalar)));
    Scalar* const start = scratch(offset_numbers + whole_lanes(filter_numbers) + size.size() + rest_numbers + kLanes);
    offsets = reinterpret_cast<int64_t*>(start);
    filters = start + offset_numbers;
    frame = filters + whole_lanes(filter_numbers);
    rest = frame + size.size();
  }
};

void conv2d(const Conv2d& z, const Scalar* x, const Scalar* w, const Scalar* bias, Scalar* y) {
  const Frame frame{z.c, z.h + 2 * z.padding, z.w + 2 * z.padding};
  const Filters filters{z.k, z.c * z.r * z.s};
  const int64_t p = z.p(), q = z.q();
  const int64_t length = (p - 1) * z.stride * frame.width + (q - 1) * z.stride + 1;
  parallel_for(z.n, images_per_thread(z), [&](int64_t begin, int64_t end) {
    const Room room(frame, filters.depth, z.k * filters.depth, z.k * whole_lanes(length));
    frame.offsets(z.r, z.s, room.offsets);
    filters.lay_out([&](int64_t k, int64_t l) { return w[k * filters.depth + l]; }, room.filters);
    for (int64_t image = begin; image < end; ++image) {
      frame.fill(x + image * z.c * z.h * z.w, z.h, z.w, z.padding, z.padding, 1, room.frame);
      filters.apply(room.filters, room.offsets, room.frame, length, room.rest);
      Scalar* to = y + image * z.k * p * q;
      for (int64_t k = 0; k < z.k; ++k)
        for (int64_t i = 0; i < p; ++i, to += q) {
          const Scalar* row = room.rest + k * whole_lanes(length) + i * z.stride * frame.width;
          const Scalar b = bias != nullptr ? bias[k] : 0;
          if (z.stride == 1) {
            for (int64_t j = 0; j < q; j += kWidth) write(to + j, load(row + j) + b, least(q - j, kWidth));
          } else {
            for (int64_t j = 0; j < q; ++j) to[j] = row[j * z.stride] + b;
          }
        }
    }
  });
}

void conv2d_backward_x(const Conv2d& z, const Scalar* w, const Scalar* dy, Scalar* dx) {
  const Frame frame{z.k, z.h + z.r - 1, z.w + z.s - 1};
  const Filters filters{z.c, z.k * z.r * z.s};
  const int64_t length = (z.h - 1) * frame.width + z.w, window = z.r * z.s;
  parallel_for(z.n, images_per_thread(z), [&](int64_t begin, int64_t end) {
    const Room room(frame, filters.depth, z.c * filters.depth, z.c * whole_lanes(length));
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
        for (int64_t i = 0; i < z.h; ++i, to += z.w)
          __builtin_memcpy(to, room.rest + c * whole_lanes(length) + i * frame.width,
                           static_cast<std::size_t>(z.w) * sizeof(Scalar));
    }
  });
}

// sums [4 filters, 3 offsets, 16 lanes] += the products of dy and the frame at those offsets, along j.
constexpr int kFour = 4, kThree = 3;

void add_gradients(int64_t length, const Scalar* dy, int64_t dy_row, const Scalar* frame, const int64_t* offsets,
                   Scalar* sums) {
  for (int part = 0; part < kParts; ++part, dy += kWidth, frame += kWidth, sums += kWidth) {
    Vector sum[kFour][kThree];
#pragma GCC unroll 4
    for (int i = 0; i < kFour; ++i)
#pragma GCC unroll 3
      for (int l = 0; l < kThree; ++l) sum[i][l] = load(sums + (i * kThree + l) * kLanes);
    const Scalar *const x0 = frame + offsets[0], *const x1 = frame + offsets[1], *const x2 = frame + offsets[2];
    for (int64_t j = 0; j < length; j += kLanes) {
      const Vector x[kThree] = {load(x0 + j), load(x1 + j), load(x2 + j)};
#pragma GCC unroll 4
      for (int i = 0; i < kFour; ++i) {
        const Vector g = load(dy + i * dy_row + j);
#pragma GCC unroll 3
        for (int l = 0; l < kThree; ++l) sum[i][l] = fma(g, x[l], sum[i][l]);
      }
    }
#pragma GCC unroll 4
    for (int i = 0; i < kFour; ++i)
#pragma GCC unroll 3
      for (int l = 0; l < kThree; ++l) store(sums + (i * kThree + l) * kLanes, sum[i][l]);
  }
}

// Filters are shared out in fours, and offsets worked on in threes; the last of either are filled up.
void conv2d_backward_w(const Conv2d& z, const Scalar* x, const Scalar* dy, Scalar* dw) {
  constexpr int64_t kImages = 16;  // of a block
  constexpr int64_t kSums = kFour * kThree * kLanes;
  const Frame frame{z.c, z.h + 2 * z.padding, z.w + 2 * z.padding};
  const int64_t depth = z.c * z.r * z.s, threes = pieces(depth, kThree), p = z.p(), q = z.q();
  const int64_t length = (p - 1) * z.stride * frame.width + (q - 1) * z.stride + 1;
  const int64_t dy_row = whole_lanes(length);
  const int64_t grain = kProductsPerThread / (kFour * z.n * depth * p * q + 1) + 1;
  parallel_for(pieces(z.k, kFour), grain, [&](int64_t begin, int64_t end) {
    const int64_t first = begin * kFour, count = least(end * kFour, z.k) - first, fours = end - begin;
    const int64_t sums_size = fours * threes * kSums;
    const Room room(frame, threes * kThree, 0, fours * kFour * dy_row + 2 * sums_size);
    Scalar *const room_of_dy = room.rest, *const all = room_of_dy + fours * kFour * dy_row,
                  *const block = all + sums_size;
    frame.offsets(z.r, z.s, room.offsets);
    for (int64_t l = depth; l < threes * kThree; ++l) room.offsets[l] = 0;
    __builtin_memset(room_of_dy, 0, static_cast<std::size_t>(fours * kFour * dy_row + 2 * sums_size) * sizeof(Scalar));

    for (int64_t image = 0; image < z.n; ++image) {
      frame.fill(x + image * z.c * z.h * z.w, z.h, z.w, z.padding, z.padding, 1, room.frame);
      for (int64_t k = 0; k < count; ++k)
        for (int64_t i = 0; i < p; ++i) {
          const Scalar* row = dy + ((image * z.k + first + k) * p + i) * q;
          spread(q, row, z.stride, room_of_dy + k * dy_row + i * z.stride * frame.width);
        }
      for (int64_t t = 0; t < threes; ++t)
        for (int64_t f = 0; f < fours; ++f)
          add_gradients(length, room_of_dy + f * kFour * dy_row, dy_row, room.frame, room.offsets + t * kThree,
                        block + (f * threes + t) * kSums);
      if ((image + 1) % kImages != 0 && image + 1 < z.n) continue;
      for (int64_t i = 0; i < sums_size; i += kLanes) {
        store_lanes(all + i, load_lanes(all + i) + load_lanes(block + i));
        store_lanes(block + i, lanes(0));
      }
    }
    for (int64_t k = 0; k < count; ++k)
      for (int64_t l = 0; l < depth; ++l) {
        const int64_t tile = k / kFour * threes + l / kThree, at = k % kFour * kThree + l % kThree;
        dw[(first + k) * depth + l] = total(load_lanes(all + tile * kSums + at * kLanes));
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
