#include <gradus/examples/pages/base64.h>

#include <cstdint>

namespace gradus_examples {

// Three bytes are four letters of six bits; what is missing at the end becomes '='.
std::string base64(std::string_view bytes) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto byte = [&](std::size_t i) { return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0u; };
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::uint32_t three = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    const std::size_t known = bytes.size() - i;
    out += letters[three >> 18];
    out += letters[three >> 12 & 63];
    out += known > 1 ? letters[three >> 6 & 63] : '=';
    out += known > 2 ? letters[three & 63] : '=';
  }
  return out;
}

}  // namespace gradus_examples
