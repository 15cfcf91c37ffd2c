// The two instructions of which the matrix product is made, written as such where g++ would not find them: at AVX2 it
// loads a whole vector to spread one number of it, and sees that a lane by lane fma is one instruction only while its
// vectorizer runs. What they do is said by the plain form beside each, which other compilers and machines use.
#pragma once

#include <gradus/core/kernels/vector.h>

namespace gradus::kernels::GRADUS_LEVEL {
namespace {

#if defined(__AVX2__) && defined(__FMA__) && defined(__GNUC__) && !defined(__clang__)
#ifdef GRADUS_DOUBLE
#define GRADUS_FLOAT "d"
#else
#define GRADUS_FLOAT "s"
#endif

inline Vector broadcast(const Scalar* p) {
  Vector v;
  asm("vbroadcasts" GRADUS_FLOAT " %1, %0" : "=v"(v) : "m"(*p));
  return v;
}

// c += a b
inline void multiply_add(Vector& c, Vector a, Vector b) {
  asm("vfmadd231p" GRADUS_FLOAT " %2, %1, %0" : "+v"(c) : "v"(a), "v"(b));
}

#undef GRADUS_FLOAT
#else
inline Vector broadcast(const Scalar* p) { return splat(*p); }
inline void multiply_add(Vector& c, Vector a, Vector b) { c = fma(a, b, c); }
#endif

}  // namespace
}  // namespace gradus::kernels::GRADUS_LEVEL
