// Numbers and words as people like to read them. Pure functions; none of them throws.
#pragma once

#include <gradus/examples/base.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gradus_examples {

// 0.25 -> "0.3 s", 12.34 -> "12.3 s", 125 -> "2 min 05 s", 3725 -> "1 h 02 min"; below 0.1 s in milliseconds.
// A negative or infinite duration is "?".
std::string format_duration(double seconds);

// 45210.3 -> "45,210". An infinite number is "?".
std::string format_count(double number);

// format_fixed(0.08127, 4) -> "0.0813"
std::string format_fixed(double number, int decimals);

// As short as ten digits allow: 0.001 -> "0.001", 100000 -> "100000", 1e-08 -> "1e-08".
std::string format_number(double number);

// A fraction as a percentage with two decimals: 0.98765 -> "98.77 %".
std::string format_percent(double fraction);

// Columns that UTF-8 text takes on a terminal: one for each code point, none for the accent of one (x̂).
std::size_t display_width(std::string_view text);

// The text with spaces after it, so that it takes at least `width` columns.
std::string pad(std::string_view text, std::size_t width);

// The first `width` code points of a text.
std::string shorten(std::string_view text, std::size_t width);

// Breaks a text at its spaces into lines of at most `width` columns; a longer word gets a line of its own.
std::vector<std::string> wrap(std::string_view text, std::size_t width);

// A text in which each @name@ is replaced by that name's value.
std::string filled_in(std::string text, const std::vector<std::pair<std::string, std::string>>& values);

// The text on one line: line breaks and other control characters, which a file name may hold, become '?'.
std::string one_line(std::string_view text);

}  // namespace gradus_examples
