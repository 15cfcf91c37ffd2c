#include "targets.h"

#include <gradus/core/io/idx.h>

#include <span>
#include <stdexcept>

namespace gradus::fuzz {

void idx(std::string_view bytes) {
  const std::span<const std::uint8_t> span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  for (const IdxKind kind : {IdxKind::images, IdxKind::labels}) {
    try {
      const Idx idx = parse_idx(span, kind, "f");
      promise(static_cast<int>(idx.sizes.size()) == static_cast<int>(kind));
      promise(idx.bytes.size() + 4 + 4 * idx.sizes.size() == bytes.size());
      std::int64_t count = 1;
      for (const std::int64_t size : idx.sizes) {
        promise(size > 0);
        count *= size;
      }
      promise(count == static_cast<std::int64_t>(idx.bytes.size()));
    } catch (const std::runtime_error&) {
    }
  }
}

}  // namespace gradus::fuzz
