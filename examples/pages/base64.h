// Bytes as text, for pages (RFC 4648, section 4).
#pragma once

#include <gradus/examples/base.h>

#include <string>
#include <string_view>

namespace gradus_examples {

std::string base64(std::string_view bytes);

}  // namespace gradus_examples
