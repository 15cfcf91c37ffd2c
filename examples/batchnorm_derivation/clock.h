// The article's second claim: the last equation is faster than the staged form.
#pragma once

#include <iosfwd>

namespace batchnorm_derivation {

// Measures the layer's backward in its forms at several shapes, prints the times and what they say of the claim.
void measure(std::ostream& out);

}  // namespace batchnorm_derivation
