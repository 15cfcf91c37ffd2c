#include <gradus/examples/command_line/format.h>
#include <gradus/examples/pages/svg_text.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>

namespace gradus_examples {

namespace {

// Okabe and Ito's colours but yellow and black, in an order in which neighbours differ in hue and lightness.
constexpr std::array<std::uint32_t, 6> kPalette = {0x0072b2, 0xd55e00, 0x009e73, 0xcc79a7, 0xe69f00, 0x56b4e9};

std::uint32_t palette(int index) { return kPalette[static_cast<std::size_t>(std::abs(index)) % kPalette.size()]; }

std::string color_text(std::uint32_t rgb) {
  char text[8];
  std::snprintf(text, sizeof text, "#%06x", rgb & 0xffffffU);
  return text;
}

}  // namespace

std::string svg_number(double value) {
  std::string text = format_fixed(value, 2);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

std::string svg_escape(std::string_view text) {
  constexpr std::string_view special = "&<>\"";
  constexpr const char* names[] = {"&amp;", "&lt;", "&gt;", "&quot;"};
  std::string escaped;
  for (const char c : text) {
    if (const std::size_t i = special.find(c); i != std::string_view::npos) {
      escaped += names[i];
    } else if (static_cast<unsigned char>(c) >= 0x20) {
      escaped += c;
    }
  }
  return escaped;
}

std::string svg_attribute(std::string_view name, double value) { return svg_attribute(name, svg_number(value)); }

std::string svg_attribute(std::string_view name, std::string_view value) {
  std::string text = " ";
  text += name;
  return text + "=\"" + svg_escape(value) + "\"";
}

std::string svg_text(double x, double y, std::string_view text, const std::string& attributes) {
  return "<text" + svg_attribute("x", x) + svg_attribute("y", y) + attributes + ">" + svg_escape(text) + "</text>\n";
}

double svg_text_width(std::string_view text, double font_size) {
  return 0.56 * font_size * static_cast<double>(display_width(text));
}

std::string palette_color(int index) { return color_text(palette(index)); }

std::string pale_color(int index) {
  constexpr double kColor = 0.28;  // the rest is white
  std::uint32_t mixed = 0;
  for (const unsigned shift : {16U, 8U, 0U}) {
    const double channel = static_cast<double>(palette(index) >> shift & 0xffU);
    mixed |= static_cast<std::uint32_t>(std::lround(255 + (channel - 255) * kColor)) << shift;
  }
  return color_text(mixed);
}

}  // namespace gradus_examples
