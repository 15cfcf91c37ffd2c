// Instructions that compilers would not find, each with its plain form, which other compilers and machines use. (fma is
// in vector.h.)
#pragma once

#include <gradus/core/kernels/vector.h>

namespace gradus::kernels::GRADUS_LEVEL {
namespace {

// One number in all lanes. (At AVX2 g++ loads a whole vector to spread one number of it.)
inline Vector broadcast(const Scalar* p) {
#if defined(__AVX2__) && defined(__GNUC__) && !defined(__clang__)
  Vector v;
#ifdef GRADUS_DOUBLE
  asm("vbroadcastsd %1, %0" : "=v"(v) : "m"(*p));
#else
  asm("vbroadcastss %1, %0" : "=v"(v) : "m"(*p));
#endif
  return v;
#else
  return splat(*p);
#endif
}

// v, in a register. (g++ would load it anew for each of its uses.)
inline Vector kept(Vector v) {
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
  asm("" : "+v"(v));
#endif
  return v;
}

// Stores past the caches: what is too large to stay in them need not be read from memory to be overwritten. p is
// aligned as a vector is; finish_stream() comes before another thread reads.
#if defined(__x86_64__)
#ifdef __AVX__
#define GRADUS_STREAM "vmovntps"
#else
#define GRADUS_STREAM "movntps"
#endif

inline void stream(Scalar* p, Vector v) {
  asm(GRADUS_STREAM " %1, %0" : "=m"(*reinterpret_cast<Scalar(*)[kWidth]>(p)) : "v"(v));
}
inline void finish_stream() { asm volatile("sfence" ::: "memory"); }

#undef GRADUS_STREAM
#else
inline void stream(Scalar* p, Vector v) { store(p, v); }
inline void finish_stream() {}
#endif

// Whether n numbers, in rows of so many, are so large and lie so that they may be streamed.
inline bool streams(const Scalar* p, std::int64_t n, std::int64_t row) {
  constexpr std::int64_t kLarge = 8 << 20, kSize = sizeof(Scalar);
  return n * kSize >= kLarge && row % kWidth == 0 && reinterpret_cast<std::uintptr_t>(p) % kVectorBytes == 0;
}

}  // namespace
}  // namespace gradus::kernels::GRADUS_LEVEL
