// One pool of threads for the whole process.
//
//   parallel_for(rows, 1, [&](std::int64_t begin, std::int64_t end) { ... });
//
// Work is split over outputs, or over parts of a sum that are always the same, so that results do not depend on the
// number of threads.
#pragma once

#include <gradus/core/kernels/subnormals.h>

#include <cstdint>

namespace gradus_base {

// How many threads kernels may use, the calling one included; 1 at start. Results do not depend on it. May be called
// from any thread but not from inside a parallel_for. Throws std::invalid_argument if count < 1, and
// std::runtime_error if so many cannot be started; then there are as many as before.
void set_threads(int count);
int threads();

// How many threads this process may keep busy at once, at least 1: the processors it may run on (its affinity), or
// fewer where a quota on its time says so (Linux's control groups, rounded up). More only get in each other's way.
int usable_threads();

namespace detail {
using RangeBody = void (*)(const void* context, std::int64_t begin, std::int64_t end);
void parallel_for(std::int64_t count, std::int64_t grain, RangeBody body, const void* context);
}  // namespace detail

// Calls body(begin, end) on contiguous pieces of equal size (give or take one) that cover [0, count), at most one a
// thread and, if there are several, none smaller than grain, and returns when all are done. The caller works too. Calls
// from several threads at once are safe, and so is a call from inside a body: it runs on the thread that made it. An
// exception thrown by a body is thrown again here (the first of several), after the other pieces have ended. While a
// body runs, subnormal numbers count as zero on its thread.
template <class Body>
void parallel_for(std::int64_t count, std::int64_t grain, const Body& body) {
  if (count < 2 * (grain > 1 ? grain : 1)) {  // one piece
    const FlushSubnormals flush;
    if (count > 0) body(std::int64_t{0}, count);
    return;
  }
  const detail::RangeBody call = [](const void* context, std::int64_t begin, std::int64_t end) {
    (*static_cast<const Body*>(context))(begin, end);
  };
  detail::parallel_for(count, grain, call, &body);
}

}  // namespace gradus_base
