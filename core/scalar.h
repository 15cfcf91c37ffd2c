// The one number type of the library: float to train, double to check gradients.
//
// What has numbers in it is built twice. In the double build (GRADUS_DOUBLE) the namespace itself is renamed, so that a
// program may link both: in one namespace the two would share symbols and compute garbage without a word. One source
// file sees only one of them.
#pragma once

#include <gradus/core/base.h>

#ifdef GRADUS_DOUBLE
#define gradus gradus_double
#endif

namespace gradus {

#ifdef GRADUS_DOUBLE
using Scalar = double;
#else
using Scalar = float;
#endif

}  // namespace gradus
