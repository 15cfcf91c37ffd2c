// The gradient of a convolution's filters, in the frames of conv2d.cpp:
//
//   dw[k, l] = sum over images and j of dy[k, j] frame[offset(l) + j]      dy spread over j as y is there, else 0
//
// A sum is made in 16 lanes along j, over a block of images, and the blocks are added up; threads share groups of
// blocks, as many on any number of them.
#include <gradus/core/kernels/elements.h>
#include <gradus/core/kernels/frame.h>

namespace gradus::kernels::GRADUS_LEVEL {
namespace {

// Of dw, a tile of some filters by three offsets is kept in registers while the images of a block go by. (No more
// filters than a vector has lanes.)
constexpr int kFilters = kVectorBytes == 64 ? 8 : kWidth < 4 ? kWidth : 4, kOffsets = 3;

// Images as they lie in a room: so many, each so many numbers behind the one before.
struct Images {
  const Scalar* p;
  int64_t step;
};

// Two vectors of unfinished sums, each in `group` neighbouring lanes, become one: a's in half as many lanes, then b's.
template <int group, int... i>
inline Vector merge(Vector a, Vector b, std::integer_sequence<int, i...>) {
  constexpr int half = group / 2;
  constexpr auto lane = [](int to) {
    const int from = to % (kWidth / 2);
    return (to < kWidth / 2 ? 0 : kWidth) + from / half * group + from % half;
  };
  return __builtin_shufflevector(a, b, lane(i)...) + __builtin_shufflevector(a, b, (lane(i) + half)...);
}

// The totals of kFilters vectors in its first lanes, added up in the order of total().
template <int count = kFilters>
inline Vector totals(const Vector* v) {
  constexpr int group = count * kWidth / kFilters;
  constexpr std::make_integer_sequence<int, kWidth> kLaneNumbers{};
  if constexpr (group == 1) {
    return *v;
  } else if constexpr (count == 1) {
    return merge<group>(*v, *v, kLaneNumbers);
  } else {
    Vector pairs[count / 2];
    for (int i = 0; i < count / 2; ++i) pairs[i] = merge<group>(v[2 * i], v[2 * i + 1], kLaneNumbers);
    return totals<count / 2>(pairs);
  }
}

// sums [offsets, filters] += the products of dy and the frames at those offsets, along j and over the images.
void add_gradients(int64_t images, int64_t length, Images dy, int64_t dy_row, Images frames, const int64_t* offsets,
                   Scalar* sums) {
  Lanes sum[kOffsets][kFilters];
  for (int part = 0; part < kParts; ++part) {
    Vector s[kFilters][kOffsets] = {};
    for (int64_t image = 0; image < images; ++image) {
      const Scalar* const g = dy.p + image * dy.step + part * kWidth;
      const Scalar* const frame = frames.p + image * frames.step + part * kWidth;
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
      for (int l = 0; l < kOffsets; ++l) sum[l][i].part[part] = s[i][l];
  }
  for (int l = 0; l < kOffsets; ++l, sums += kFilters) {
    Vector one[kFilters];
    for (int i = 0; i < kFilters; ++i) {
      for (int half = kParts / 2; half > 0; half /= 2)
        for (int j = 0; j < half; ++j) sum[l][i].part[j] += sum[l][i].part[j + half];
      one[i] = sum[l][i].part[0];
    }
    write(sums, read(sums, kFilters) + totals(one), kFilters);
  }
}

// Filters are worked on in eights or fours, and offsets in threes; the last of either are filled up. Blocks of images
// are shared out in groups, as many on any number of threads, each of which has sums of its own.
void conv2d_backward_w(const Conv2d& z, const Scalar* x, const Scalar* dy, Scalar* dw) {
  const FlushSubnormals flush;
  constexpr int64_t kTile = kFilters * kOffsets, kLargestBlock = 16, kGroups = 8;
  const Frame frame{z.c, z.h + 2 * z.padding, z.w + 2 * z.padding};
  const int64_t depth = z.c * z.r * z.s, threes = pieces(depth, kOffsets), p = z.p(), q = z.q();
  const int64_t length = span(p, q, z.stride, frame.width), dy_row = whole_lanes(length);
  const int64_t most = least(kLargestBlock, 1024 / length + 1);  // images: what a tile reads stays in the first cache
  const int64_t blocks = z.n > 0 ? pieces(z.n, most) : 1, groups = least(kGroups, blocks);
  const int64_t tiles = pieces(z.k, kFilters), dy_size = tiles * kFilters * dy_row, sums_size = tiles * threes * kTile;
  Scalar* const all_sums = shared_scratch(groups * sums_size);
  parallel_for(groups, images_per_thread(z) / kLargestBlock + 1, [&](int64_t begin, int64_t end) {
    const Room room(threes * kOffsets, frame, most, most * dy_size);
    set_zero(most * dy_size, room.rest);
    set_zero((end - begin) * sums_size, all_sums + begin * sums_size);
    frame.offsets(z.r, z.s, room.integers);
    for (int64_t l = depth; l < threes * kOffsets; ++l) room.integers[l] = 0;

    for (int64_t group = begin; group < end; ++group) {
      for (int64_t block = blocks * group / groups; block < blocks * (group + 1) / groups; ++block) {
        const int64_t image = z.n * block / blocks, images = z.n * (block + 1) / blocks - image;
        for (int64_t i = 0; i < images; ++i) {
          frame.fill(x + (image + i) * z.c * z.h * z.w, {z.h, z.w, z.padding, z.padding, 1},
                     room.frame + i * frame.size());
          for (int64_t k = 0; k < z.k; ++k)
            copy(p, q, {dy + ((image + i) * z.k + k) * p * q, q, 1},
                 {room.rest + i * dy_size + k * dy_row, z.stride * frame.width, z.stride});
        }
        Scalar* sums = all_sums + group * sums_size;
        for (int64_t tile = 0; tile < tiles; ++tile)
          for (int64_t t = 0; t < threes; ++t, sums += kTile)
            add_gradients(images, length, {room.rest + tile * kFilters * dy_row, dy_size}, dy_row,
                          {room.frame, frame.size()}, room.integers + t * kOffsets, sums);
      }
    }
  });
  for (int64_t group = 1; group < groups; ++group)
    for (int64_t i = 0; i < sums_size; ++i) all_sums[i] += all_sums[group * sums_size + i];
  for (int64_t k = 0; k < z.k; ++k)
    for (int64_t l = 0; l < depth; ++l) {
      const int64_t tile = k / kFilters * threes + l / kOffsets, at = l % kOffsets * kFilters + k % kFilters;
      dw[k * depth + l] = all_sums[tile * kTile + at];
    }
}

}  // namespace

void use_fast_conv2d_backward_w(Table& table) { table.conv2d_backward_w = conv2d_backward_w; }

}  // namespace gradus::kernels::GRADUS_LEVEL
