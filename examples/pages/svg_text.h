// The grain of an SVG file: numbers, escaped text, tags, colours.
#pragma once

#include <gradus/examples/base.h>

#include <string>
#include <string_view>

namespace gradus_examples {

// A coordinate: two decimals at most, "12.5" rather than "12.50".
std::string svg_number(double value);

// Text for XML: & < > " escaped, control characters dropped.
std::string svg_escape(std::string_view text);

// svg_attribute("x", 12.5) -> " x=\"12.5\""
std::string svg_attribute(std::string_view name, double value);
std::string svg_attribute(std::string_view name, std::string_view value);

// A text element; `attributes` are written as they are.
std::string svg_text(double x, double y, std::string_view text, const std::string& attributes = "");

// About how wide a text of this font size is, in pixels: nobody knows which font a reader has.
double svg_text_width(std::string_view text, double font_size);

std::string palette_color(int index);  // "#0072b2"
std::string pale_color(int index);     // the same, mixed with white

}  // namespace gradus_examples
