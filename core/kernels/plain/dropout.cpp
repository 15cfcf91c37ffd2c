// What dropout keeps.
#include <gradus/core/kernels/kernels.h>

#include <bit>

namespace gradus::kernels::plain {

// Threefry2x32-20 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"): twenty rounds that scramble a
// counter under a key until nothing of its order is left. So every element has random bits of its own, which any thread
// can work out, while those of a generator with a state are drawn one after the other.
void dropout_mask(int64_t n, uint64_t seed, Scalar p, Scalar* mask) {
  const auto key0 = static_cast<uint32_t>(seed), key1 = static_cast<uint32_t>(seed >> 32);
  const uint32_t keys[] = {key0, key1, key0 ^ key1 ^ 0x1BD11BDA};
  const int rotations[] = {13, 15, 26, 6, 17, 29, 16, 24};
  for (int64_t i = 0; i < n; ++i) {
    // A counter makes two words; of 32 elements the first half take the first word of 16 counters, then the second.
    const int64_t counter = i / 32 * 16 + i % 16;
    uint32_t a = static_cast<uint32_t>(counter) + key0, b = static_cast<uint32_t>(counter >> 32) + key1;
    for (uint32_t round = 0; round < 20; ++round) {
      a += b;
      b = std::rotl(b, rotations[round % 8]) ^ a;
      if (round % 4 == 3) {
        const uint32_t turn = round / 4 + 1;
        a += keys[turn % 3];
        b += keys[(turn + 1) % 3] + turn;
      }
    }
    const double uniform = ((i % 32 < 16 ? a : b) >> 8) * 0x1p-24;  // from 0 to below 1
    mask[i] = uniform < p ? 0 : 1 / (1 - p);
  }
}

}  // namespace gradus::kernels::plain
