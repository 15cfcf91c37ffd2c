#include <gradus/core/error.h>
#include <gradus/layers/embedding.h>

namespace gradus {
namespace {

Shape table(std::int64_t rows, std::int64_t width) {
  if (rows < 1 || width < 1) fail("embedding", "rows and width must be positive, got ", rows, " and ", width);
  return {rows, width};
}

}  // namespace

Embedding::Embedding(std::int64_t rows, std::int64_t width, Rng& rng)
    : weight_(register_parameter("weight", rng.normal(table(rows, width)))) {}

}  // namespace gradus
