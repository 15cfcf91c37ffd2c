// An instruction of which the matrix product is made, written as such where g++ would not find it: at AVX2 it loads a
// whole vector to spread one number of it. (The other one is fma, in vector.h.)
#pragma once

#include <gradus/core/kernels/vector.h>

namespace gradus::kernels::GRADUS_LEVEL {
namespace {

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

}  // namespace
}  // namespace gradus::kernels::GRADUS_LEVEL
