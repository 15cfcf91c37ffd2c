#include "targets.h"

#include <gradus/core/io/idx.h>

#include <span>
#include <stdexcept>

namespace gradus::fuzz {

void idx(std::string_view bytes) {
  const std::span<const std::uint8_t> span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  try {
    const examples::IdxImages images = examples::parse_images(span, "f");
    promise(images.count > 0 && images.rows > 0 && images.columns > 0);
    promise(images.pixels.size() + 16 == bytes.size());
    promise(images.count * images.rows * images.columns == static_cast<std::int64_t>(images.pixels.size()));
  } catch (const std::runtime_error&) {
  }
  try {
    promise(examples::parse_labels(span, "f").size() + 8 == bytes.size());
  } catch (const std::runtime_error&) {
  }
}

}  // namespace gradus::fuzz
