// A loop over the elements of an array, split between threads where there are enough of them to pay for it.
#pragma once

#include <gradus/core/kernels/kernels.h>
#include <gradus/core/kernels/parallel.h>

namespace gradus::kernels::GRADUS_LEVEL {
namespace {

inline int64_t least(int64_t x, int64_t y) { return x < y ? x : y; }
inline int64_t pieces(int64_t size, int64_t largest) { return (size + largest - 1) / largest; }

constexpr int64_t kLine = 64 / sizeof(Scalar);  // a cache line

// Fewer elements than this a thread are done sooner than another thread wakes up.
constexpr int64_t kElementsPerThread = 8192;

// Calls body(begin, end) for pieces of [0, n) that begin at whole cache lines. `cost` is how many plain additions or
// multiplications an element is worth.
template <int64_t cost = 1, class Body>
inline void for_elements(int64_t n, const Body& body) {
  constexpr int64_t kUnit = 64;
  parallel_for((n + kUnit - 1) / kUnit, kElementsPerThread / kUnit / cost,
               [&](int64_t begin, int64_t end) { body(begin * kUnit, end * kUnit < n ? end * kUnit : n); });
}

// Sums are pairwise: up to so many terms are added one after another, of more each half is summed by itself. (With
// blocks of 128, a sum over a batch of ordinary size is a plain loop's, to the bit.)
constexpr int64_t kBlock = 128;

// The first half of n terms, or a little more: in whole blocks.
inline int64_t first_half(int64_t n, int64_t block = kBlock) { return ((n + 1) / 2 + block - 1) / block * block; }

}  // namespace
}  // namespace gradus::kernels::GRADUS_LEVEL
