#include <gradus/core/error.h>
#include <gradus/layers/dropout.h>

namespace gradus {

Dropout::Dropout(Scalar p, Rng& rng) : p_(p), rng_(register_generator("rng", Rng(rng.next()))) {
  if (!(p >= 0 && p < 1)) fail("dropout", "p must be at least 0 and below 1, got ", p);
}

std::string Dropout::describe() const { return text("Dropout(", p_, ")"); }

}  // namespace gradus
