#include <gradus/examples/command_line/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace gradus_examples {

namespace {

// UTF-8: every byte but the continuation bytes (10xxxxxx) begins a code point.
bool begins_code_point(char byte) { return (static_cast<unsigned char>(byte) & 0xc0U) != 0x80U; }

// The hat of "x̂" is a code point of its own, written over the letter before it: U+0300 to U+036F.
bool combines(std::string_view code_point) {
  if (code_point.size() < 2) return false;
  const auto first = static_cast<unsigned char>(code_point[0]), second = static_cast<unsigned char>(code_point[1]);
  return first == 0xcc || (first == 0xcd && second < 0xb0);
}

// The number with so many decimals; std::to_chars knows no locale.
std::string fixed(double number, int decimals) {
  char digits[400];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, number, std::chars_format::fixed, decimals);
  return std::string(digits, error == std::errc() ? end : digits);
}

std::string two_digits(double number) { return (number < 10 ? "0" : "") + fixed(number, 0); }

}  // namespace

std::string format_duration(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0) return "?";
  if (seconds < 0.1) return fixed(seconds * 1000, 0) + " ms";
  // Rounded before the unit is chosen, so that 59.97 is "1 min 00 s" and never "60.0 s".
  if (const double tenths = std::round(seconds * 10); tenths < 600) return fixed(tenths / 10, 1) + " s";
  const double whole = std::round(seconds);
  if (whole < 3600) {
    return fixed(std::floor(whole / 60), 0) + " min " + two_digits(std::fmod(whole, 60)) + " s";
  }
  const double minutes = std::round(seconds / 60);
  return fixed(std::floor(minutes / 60), 0) + " h " + two_digits(std::fmod(minutes, 60)) + " min";
}

std::string format_count(double number) {
  if (!std::isfinite(number)) return "?";
  const std::string digits = fixed(std::abs(number), 0);
  std::string text;
  if (number < 0 && digits != "0") text += '-';
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

std::string format_fixed(double number, int decimals) { return fixed(number, decimals); }

std::string format_number(double number) {
  char digits[32];
  const auto written = std::to_chars(digits, digits + sizeof digits, number, std::chars_format::general, 10);
  return std::string(digits, written.ptr);
}

std::string format_percent(double fraction) { return fixed(fraction * 100, 2) + " %"; }

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size(); ++i) width += begins_code_point(text[i]) && !combines(text.substr(i));
  return width;
}

std::string pad(std::string_view text, std::size_t width) {
  return std::string(text) + std::string(width - std::min(width, display_width(text)), ' ');
}

std::string shorten(std::string_view text, std::size_t width) {
  std::size_t code_points = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (begins_code_point(text[i]) && ++code_points > width) return std::string(text.substr(0, i));
  }
  return std::string(text);
}

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  std::string line;
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, space);
    text.remove_prefix(std::min(space + 1, text.size()));
    if (word.empty()) continue;
    if (!line.empty() && display_width(line) + 1 + display_width(word) > width) {
      lines.push_back(line);
      line.clear();
    }
    if (!line.empty()) line += ' ';
    line += word;
  }
  if (!line.empty()) lines.push_back(line);
  return lines;
}

std::string filled_in(std::string text, const std::vector<std::pair<std::string, std::string>>& values) {
  for (const auto& [name, value] : values) {
    const std::string place = "@" + name + "@";
    for (std::size_t at = text.find(place); at != std::string::npos; at = text.find(place, at + value.size())) {
      text.replace(at, place.size(), value);
    }
  }
  return text;
}

std::string one_line(std::string_view text) {
  std::string line(text);
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return line;
}

}  // namespace gradus_examples
