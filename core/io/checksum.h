// CRC-32, the checksum of zip and PNG (ISO 3309, reflected polynomial edb88320): it finds every damage within 32
// consecutive bits, and overlooks one in 2^32 of the others. It protects against accidents, not against forgery.
#pragma once

#include <gradus/core/base.h>

#include <cstdint>
#include <string_view>

namespace gradus_base {

// Of bytes that come in pieces: crc32(second, crc32(first)).
std::uint32_t crc32(std::string_view bytes, std::uint32_t before = 0);

}  // namespace gradus_base
