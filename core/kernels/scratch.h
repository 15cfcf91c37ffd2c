// Room for a kernel to work in, a block or two for each thread. They grow to the largest size asked for and stay, so
// that a training loop in its steady state allocates nothing.
#pragma once

#include <gradus/core/scalar.h>

#include <cstdint>

namespace gradus::kernels {

// At least count Scalars, on a cache line; what was there is lost. Good until this thread's next call.
Scalar* scratch(std::int64_t count);

// The same from another block: for what the threads of a parallel_for share, each of which has a scratch() besides.
Scalar* shared_scratch(std::int64_t count);

}  // namespace gradus::kernels
