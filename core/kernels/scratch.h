// Room for a kernel to work in, one block a thread. It grows to the largest size asked for and stays, so that a
// training loop in its steady state allocates nothing.
#pragma once

#include <gradus/core/scalar.h>

#include <cstdint>

namespace gradus::kernels {

// At least count Scalars, on a cache line; what was there is lost. Good until this thread's next call.
Scalar* scratch(std::int64_t count);

}  // namespace gradus::kernels
