// Vectors: the two types in which the kernels are written.
//
//   Vector   one register of this level: 16, 8 or 4 floats
//   Lanes    16 Scalars at every level, in as many registers as that takes
//
// Reductions are made in Lanes, so that their order, and hence their bits, are the same at every level. Both are GCC's
// and Clang's vector extensions: + - * / < ?: work lane by lane. Everything here has internal linkage: the linker must
// never hand the AVX-512 copy of a function to a processor without it.
#pragma once

#include <gradus/core/scalar.h>

#include <cstdint>
#include <utility>

namespace gradus::kernels::GRADUS_LEVEL {
namespace {

#if defined(__AVX512F__)
constexpr int kVectorBytes = 64;
#elif defined(__AVX__)
constexpr int kVectorBytes = 32;
#else
constexpr int kVectorBytes = 16;
#endif

#ifdef GRADUS_DOUBLE
using Integer = std::int64_t;  // as wide as a Scalar
#else
using Integer = std::int32_t;
#endif

constexpr int kWidth = kVectorBytes / static_cast<int>(sizeof(Scalar));
typedef Scalar Vector __attribute__((vector_size(kVectorBytes)));
typedef Integer IntegerVector __attribute__((vector_size(kVectorBytes)));

// s in every lane. (Not 0 + s, which would turn -0 into 0.)
inline Vector splat(Scalar s) { return s - Vector{}; }

inline Vector load(const Scalar* p) {
  Vector v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}

inline void store(Scalar* p, Vector v) { __builtin_memcpy(p, &v, sizeof v); }

// The first count lanes from memory and the others from rest; and the first count lanes to memory.
#if defined(__AVX512F__)
#ifdef GRADUS_DOUBLE
typedef std::uint8_t Mask;
#define GRADUS_MASKED(what) __builtin_ia32_##what##upd512_mask
#else
typedef std::uint16_t Mask;
#define GRADUS_MASKED(what) __builtin_ia32_##what##ups512_mask
#endif

inline Mask first_lanes(std::int64_t count) { return static_cast<Mask>((1 << (count > 0 ? count : 0)) - 1); }

inline Vector load_few(const Scalar* p, std::int64_t count, Scalar rest = 0) {
  return GRADUS_MASKED(load)(p, splat(rest), first_lanes(count));
}

inline void store_few(Scalar* p, Vector v, std::int64_t count) { GRADUS_MASKED(store)(p, v, first_lanes(count)); }

#undef GRADUS_MASKED
#elif defined(__AVX2__)
#ifdef GRADUS_DOUBLE
typedef long long Mask __attribute__((vector_size(kVectorBytes)));
#define GRADUS_MASKED(what) __builtin_ia32_mask##what##pd256
#else
typedef int Mask __attribute__((vector_size(kVectorBytes)));
#define GRADUS_MASKED(what) __builtin_ia32_mask##what##ps256
#endif

inline Mask first_lanes(std::int64_t count) {
  Mask number;
  for (int i = 0; i < kWidth; ++i) number[i] = i;
  return number < static_cast<Integer>(count);
}

inline Vector load_few(const Scalar* p, std::int64_t count) {  // rest = 0
  return GRADUS_MASKED(load)(reinterpret_cast<const Vector*>(p), first_lanes(count));
}

inline Vector load_few(const Scalar* p, std::int64_t count, Scalar rest) {
  return first_lanes(count) ? load_few(p, count) : splat(rest);
}

inline void store_few(Scalar* p, Vector v, std::int64_t count) {
  GRADUS_MASKED(store)(reinterpret_cast<Vector*>(p), first_lanes(count), v);
}

#undef GRADUS_MASKED
#else
// Where the level has masked loads and stores, each of these loops becomes one; unrolled, it would not.
inline Vector load_few(const Scalar* p, std::int64_t count, Scalar rest = 0) {
  const Integer limit = static_cast<Integer>(count);
  Scalar lanes[kWidth];
#pragma GCC unroll 1
  for (Integer i = 0; i < kWidth; ++i) lanes[i] = i < limit ? p[i] : rest;
  return load(lanes);
}

inline void store_few(Scalar* p, Vector v, std::int64_t count) {
  const Integer limit = static_cast<Integer>(count);
  Scalar lanes[kWidth];
  store(lanes, v);
#pragma GCC unroll 1
  for (Integer i = 0; i < kWidth; ++i)
    if (i < limit) p[i] = lanes[i];
}
#endif

// The same for a whole vector or a few lanes of one: count <= kWidth.
inline Vector read(const Scalar* p, std::int64_t count) { return count == kWidth ? load(p) : load_few(p, count); }
inline void write(Scalar* p, Vector v, std::int64_t count) { count == kWidth ? store(p, v) : store_few(p, v, count); }

// Copies count < limit values, limit a power of two, in pieces of fixed size: one instruction each.
template <int limit>
inline void copy_few(Scalar* to, const Scalar* from, std::int64_t count) {
  if constexpr (limit > 1) {
    constexpr int kHalf = limit / 2;
    if (count & kHalf) {
      __builtin_memcpy(to, from, kHalf * sizeof(Scalar));
      to += kHalf;
      from += kHalf;
    }
    copy_few<kHalf>(to, from, count);
  }
}

// write() for rows that end within a vector again and again: AVX2's masked store takes a Zen 4 five times as long as a
// few pieces, which are more instructions.
inline void write_in_pieces(Scalar* p, Vector v, std::int64_t count) {
#if defined(__AVX2__) && !defined(__AVX512F__)
  if (count == kWidth) return store(p, v);
  Scalar lanes[kWidth];
  store(lanes, v);
  copy_few<kWidth>(p, lanes, count);
#else
  write(p, v, count);
#endif
}

// a b + c, rounded once where the level has an instruction for it.
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
inline float fma(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
inline double fma(double a, double b, double c) { return __builtin_fma(a, b, c); }
#else
inline Scalar fma(Scalar a, Scalar b, Scalar c) { return a * b + c; }
#endif

inline float root(float x) { return __builtin_sqrtf(x); }
inline double root(double x) { return __builtin_sqrt(x); }
inline float logarithm(float x) { return __builtin_logf(x); }
inline double logarithm(double x) { return __builtin_log(x); }
inline float log_of_one_plus(float x) { return __builtin_log1pf(x); }
inline double log_of_one_plus(double x) { return __builtin_log1p(x); }
inline float power(float x, float exponent) { return __builtin_powf(x, exponent); }
inline double power(double x, double exponent) { return __builtin_pow(x, exponent); }

// The same on vectors: what the last line says. g++ is told the instruction, as it computes lane after lane where it
// sees that one of the three is the same in all lanes, or a difference.
inline Vector fma(Vector a, Vector b, Vector c) {
#if defined(__FMA__) && defined(__GNUC__) && !defined(__clang__)
#ifdef GRADUS_DOUBLE
#define GRADUS_FMA(type) __builtin_ia32_vfmaddpd##type
#else
#define GRADUS_FMA(type) __builtin_ia32_vfmaddps##type
#endif
#ifdef __AVX512F__
  return GRADUS_FMA(512_mask)(a, b, c, -1, 4);  // in all lanes, rounded as everything is
#else
  return GRADUS_FMA(256)(a, b, c);
#endif
#undef GRADUS_FMA
#else
  for (int i = 0; i < kWidth; ++i) c[i] = fma(a[i], b[i], c[i]);
  return c;
#endif
}

// Written lane by lane, this becomes one instruction.
inline Vector root(Vector x) {
  for (int i = 0; i < kWidth; ++i) x[i] = root(x[i]);
  return x;
}

// 1 / sqrt x; 0 for 0, as what does not vary has nothing to be normalized.
inline Scalar inverse_root(Scalar x) { return x == 0 ? 0 : 1 / root(x); }
inline Vector inverse_root(Vector x) { return x == 0 ? Vector{} : 1 / root(x); }

constexpr int kLanes = 16;
constexpr int kParts = kLanes / kWidth;

struct Lanes {
  Vector part[kParts];
};

// f on every register.
template <class F>
inline Lanes each(const F& f, Lanes a) {
  for (int i = 0; i < kParts; ++i) a.part[i] = f(a.part[i]);
  return a;
}

template <class F>
inline Lanes each(const F& f, Lanes a, Lanes b) {
  for (int i = 0; i < kParts; ++i) a.part[i] = f(a.part[i], b.part[i]);
  return a;
}

inline Lanes operator+(Lanes a, Lanes b) {
  return each([](Vector x, Vector y) { return x + y; }, a, b);
}

inline Lanes operator-(Lanes a, Lanes b) {
  return each([](Vector x, Vector y) { return x - y; }, a, b);
}

inline Lanes fma(Lanes a, Lanes b, Lanes c) {
  for (int i = 0; i < kParts; ++i) c.part[i] = fma(a.part[i], b.part[i], c.part[i]);
  return c;
}

inline Lanes lanes(Scalar s) {
  Lanes v;
  for (int i = 0; i < kParts; ++i) v.part[i] = splat(s);
  return v;
}

// The first count lanes from memory (all 16 if there are more) and the others from rest; and the first to memory.
inline Lanes load_lanes(const Scalar* p, std::int64_t count = kLanes, Scalar rest = 0) {
  Lanes v;
  for (int i = 0; i < kParts; ++i) {
    const std::int64_t left = count - i * kWidth;
    v.part[i] = left >= kWidth ? load(p + i * kWidth) : load_few(p + i * kWidth, left, rest);
  }
  return v;
}

inline void store_lanes(Scalar* p, Lanes v, std::int64_t count = kLanes) {
  for (int i = 0; i < kParts; ++i) {
    const std::int64_t left = count - i * kWidth;
    left >= kWidth ? store(p + i * kWidth, v.part[i]) : store_few(p + i * kWidth, v.part[i], left);
  }
}

// Lane i of the result is lane (i + by) % kWidth of v.
template <int by, int... i>
inline Vector rotate(Vector v, std::integer_sequence<int, i...>) {
  return __builtin_shufflevector(v, v, ((i + by) % kWidth)...);
}

// One number from 16 lanes: the upper half is combined with the lower, then halves of that, and so on.
template <int half = kLanes / 2, class F>
inline Scalar fold(const F& f, Lanes v) {
  if constexpr (half >= kWidth) {
    for (int i = 0; i < half / kWidth; ++i) v.part[i] = f(v.part[i], v.part[i + half / kWidth]);
  } else {
    v.part[0] = f(v.part[0], rotate<half>(v.part[0], std::make_integer_sequence<int, kWidth>{}));
  }
  if constexpr (half > 1) {
    return fold<half / 2>(f, v);
  } else {
    return v.part[0][0];
  }
}

// The larger; NaN if either is.
inline Vector larger(Vector x, Vector y) { return ((x > y) | (x != x)) ? x : y; }

inline Scalar total(Lanes v) {
  return fold([](Vector x, Vector y) { return x + y; }, v);
}

inline Scalar largest(Lanes v) {
  return fold([](Vector x, Vector y) { return larger(x, y); }, v);
}

inline Lanes larger(Lanes a, Lanes b) {
  return each([](Vector x, Vector y) { return larger(x, y); }, a, b);
}

}  // namespace
}  // namespace gradus::kernels::GRADUS_LEVEL
