// The mask of plain/dropout.cpp, bit for bit: sixteen counters at a time.
#include <gradus/core/kernels/elements.h>
#include <gradus/core/kernels/vector.h>

namespace gradus::kernels::GRADUS_LEVEL {
namespace {

constexpr int kCounters = 16, kElements = 2 * kCounters;
constexpr int kWords = kVectorBytes / 4;
typedef uint32_t Words __attribute__((vector_size(kVectorBytes)));

void scramble(Words& a, Words& b, const uint32_t (&keys)[3]) {
  constexpr int rotations[2][4] = {{13, 15, 26, 6}, {17, 29, 16, 24}};
  a += keys[0];
  b += keys[1];
  for (uint32_t turn = 1; turn <= 5; ++turn) {
    for (const int left : rotations[(turn - 1) % 2]) {
      a += b;
      b = (b << left | b >> (32 - left)) ^ a;
    }
    a += keys[turn % 3];
    b += keys[(turn + 1) % 3] + turn;
  }
}

// The upper 24 bits of what the counters from `first` on make: the first words, then the second.
void bits_of(int64_t first, const uint32_t (&keys)[3], int32_t (&bits)[kElements]) {
  Words count;
  for (int i = 0; i < kWords; ++i) count[i] = static_cast<uint32_t>(i);
  for (int i = 0; i < kCounters; i += kWords) {
    Words a = count + static_cast<uint32_t>(first + i), b = Words{} + static_cast<uint32_t>(first >> 32);
    scramble(a, b, keys);
    a >>= 8;
    b >>= 8;
    __builtin_memcpy(bits + i, &a, sizeof a);
    __builtin_memcpy(bits + kCounters + i, &b, sizeof b);
  }
}

void dropout_mask(int64_t n, uint64_t seed, Scalar p, Scalar* mask) {
  const auto key0 = static_cast<uint32_t>(seed), key1 = static_cast<uint32_t>(seed >> 32);
  const auto drop_below = static_cast<int32_t>(__builtin_ceil(p * 0x1p24));
  const Scalar keep = 1 / (1 - p);
  parallel_for((n + kElements - 1) / kElements, kElementsPerThread / (4 * kElements), [=](int64_t begin, int64_t end) {
    const uint32_t keys[] = {key0, key1, key0 ^ key1 ^ 0x1BD11BDA};
    for (int64_t block = begin; block < end; ++block) {
      int32_t bits[kElements];
      Scalar kept[kElements];
      bits_of(block * kCounters, keys, bits);
      for (int i = 0; i < kElements; i += kWidth) {
        IntegerVector word;
        for (int lane = 0; lane < kWidth; ++lane) word[lane] = bits[i + lane];
        store(kept + i, word < drop_below ? Vector{} : splat(keep));
      }
      const int64_t first = block * kElements, count = n - first < kElements ? n - first : kElements;
      __builtin_memcpy(mask + first, kept, static_cast<std::size_t>(count) * sizeof(Scalar));
    }
  });
}

}  // namespace

void use_fast_dropout(Table& table) { table.dropout_mask = dropout_mask; }

}  // namespace gradus::kernels::GRADUS_LEVEL
