// FlushSubnormals: while one lives, numbers too small to be normal count as zero on this thread, both where they are
// read and where they would be the result: processors handle them a hundred times slower. Results are rounded to the
// nearest, as on the pool's threads, which know nothing of the caller's rounding. Afterwards the thread's
// floating-point mode is what it was.
#pragma once

#include <gradus/core/base.h>

#include <cstdint>

namespace gradus_base {

class FlushSubnormals {
 public:
  // Inlined everywhere: a copy compiled for newer vector instructions must not be linked for all.
  [[gnu::always_inline]] FlushSubnormals() : before_(mode()) {
    if ((before_ & kBits) != kFlush) set_mode((before_ & ~kBits) | kFlush);
  }
  [[gnu::always_inline]] ~FlushSubnormals() {
    if ((before_ & kBits) != kFlush) set_mode((mode() & ~kBits) | (before_ & kBits));
  }
  FlushSubnormals(const FlushSubnormals&) = delete;
  FlushSubnormals& operator=(const FlushSubnormals&) = delete;

 private:
#if defined(__SSE2__)
  using Mode = unsigned;
  static constexpr Mode kFlush = 0x8040;          // flush to zero, denormals are zero
  static constexpr Mode kBits = kFlush | 0x6000;  // and how it rounds: 0 to the nearest
  [[gnu::always_inline]] static Mode mode() { return __builtin_ia32_stmxcsr(); }
  [[gnu::always_inline]] static void set_mode(Mode mode) { __builtin_ia32_ldmxcsr(mode); }
#elif defined(__aarch64__)
  using Mode = std::uint64_t;
  static constexpr Mode kFlush = 1 << 24;
  static constexpr Mode kBits = kFlush | 3 << 22;
  [[gnu::always_inline]] static Mode mode() {
    Mode mode;
    asm volatile("mrs %0, fpcr" : "=r"(mode));
    return mode;
  }
  [[gnu::always_inline]] static void set_mode(Mode mode) { asm volatile("msr fpcr, %0" : : "r"(mode)); }
#else
  using Mode = unsigned;
  static constexpr Mode kFlush = 0, kBits = 0;
  [[gnu::always_inline]] static Mode mode() { return 0; }
  [[gnu::always_inline]] static void set_mode(Mode) {}
#endif

  Mode before_;
};

}  // namespace gradus_base
