// Frame: where convolution lays an image, with the zeros of its padding around it. conv2d.cpp says what for.
#pragma once

#include <gradus/core/kernels/scratch.h>
#include <gradus/core/kernels/tile.h>

namespace gradus::kernels::GRADUS_LEVEL {
namespace {

inline int64_t images_per_thread(const Conv2d& z) {
  constexpr int64_t kProducts = 1 << 16;  // fewer are done sooner than another thread begins
  return kProducts / (z.k * z.c * z.r * z.s * z.p() * z.q() + 1) + 1;
}

inline int64_t whole_lanes(int64_t size) { return pieces(size, 2 * kLanes) * 2 * kLanes; }

inline void set_zero(int64_t count, Scalar* to) {
  __builtin_memset(to, 0, static_cast<std::size_t>(count) * sizeof(Scalar));
}

// Numbers as they lie in rows: each `step` behind the one before it.
template <class T>
struct Rows {
  T* p;
  int64_t row, step;
};

// to = from, rows by columns.
inline void copy(int64_t rows, int64_t columns, Rows<const Scalar> from, Rows<Scalar> to) {
  if (from.step == 1 && to.step == 1) {
    for (int64_t j = 0; j < columns; j += kWidth)
      for (int64_t i = 0, few = least(columns - j, kWidth); i < rows; ++i)
        write_in_pieces(to.p + i * to.row + j, read(from.p + i * from.row + j, few), few);
  } else {
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < columns; ++j) to.p[i * to.row + j * to.step] = from.p[i * from.row + j * from.step];
  }
}

// An image [h, w] as it stands in a frame: its first pixel at (top, left), the others `step` apart.
struct Image {
  int64_t h, w, top, left, step;
};

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

  // What is outside is left out; elsewhere stays what is there, the zeros of the Room.
  void fill(const Scalar* x, const Image& z, Scalar* to) const {
    const auto first = [&](int64_t start) { return start < 0 ? (z.step - 1 - start) / z.step : 0; };
    const auto last = [&](int64_t start, int64_t size) {
      return size > start ? (size - start + z.step - 1) / z.step : 0;
    };
    const int64_t i = first(z.top), j = first(z.left);
    const int64_t rows = least(z.h, last(z.top, height)) - i, columns = least(z.w, last(z.left, width)) - j;
    for (int64_t c = 0; c < channels; ++c)
      copy(rows, columns, {x + (c * z.h + i) * z.w + j, z.w, 1},
           {to + (c * height + z.top + i * z.step) * width + z.left + j * z.step, z.step * width, z.step});
  }
};

// In a frame, from the first to the last of the places [p, q] that lie `step` apart.
inline int64_t span(int64_t p, int64_t q, int64_t step, int64_t width) {
  return (p - 1) * step * width + (q - 1) * step + 1;
}

// A thread's room: integers, frames of zeros, and other numbers (a vector that begins in there may end behind it).
struct Room {
  int64_t* integers;
  Scalar *frame, *rest;

  Room(int64_t integer_count, const Frame& size, int64_t frames, int64_t rest_count) {
    const int64_t front = whole_lanes(integer_count * static_cast<int64_t>(sizeof(int64_t) / sizeof(Scalar)));
    const int64_t frame_numbers = frames * size.size();
    integers = reinterpret_cast<int64_t*>(scratch(front + frame_numbers + rest_count + kLanes));
    frame = reinterpret_cast<Scalar*>(integers) + front;
    rest = frame + frame_numbers;
    set_zero(frame_numbers, frame);
  }
};

}  // namespace
}  // namespace gradus::kernels::GRADUS_LEVEL
