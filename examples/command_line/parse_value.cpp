#include <gradus/examples/command_line/format.h>
#include <gradus/examples/command_line/parse_value.h>
#include <gradus/examples/command_line/program.h>

#include <charconv>
#include <cmath>
#include <cstdlib>

namespace gradus_examples {

namespace {

template <typename Integer>
bool read_whole(const std::string& word, Integer& number) {
  const char* end = word.data() + word.size();
  const auto [rest, error] = std::from_chars(word.data(), end, number);
  return error == std::errc() && rest == end;
}

// std::strtod also reads spaces, hexadecimal, "nan" and "inf"; what a decimal number is made of rules those out.
bool read_whole(const std::string& word, double& number) {
  if (word.empty() || word.find_first_not_of("0123456789+-.eE") != std::string::npos) return false;
  char* end = nullptr;
  number = std::strtod(word.c_str(), &end);
  return end == word.c_str() + word.size() && std::isfinite(number);
}

[[noreturn]] void refuse(const std::string& flag, const std::string& expected, const Range& range,
                         const std::string& word) {
  const std::string limits = range.text().empty() ? "" : " (" + range.text() + ")";
  throw UsageError(flag, "expected " + expected + limits + ", got \"" + word + "\"");
}

}  // namespace

bool Range::contains(double number) const {
  return (low_open ? number > low : number >= low) && (high_open ? number < high : number <= high);
}

std::string Range::text() const {
  const bool bounded_below = std::isfinite(low);
  const bool bounded_above = std::isfinite(high);
  if (bounded_below && bounded_above && !low_open && !high_open) {
    return format_number(low) + " to " + format_number(high);
  }
  std::string text;
  if (bounded_below) text = (low_open ? "above " : "at least ") + format_number(low);
  if (bounded_below && bounded_above) text += ", ";
  if (bounded_above) text += (high_open ? "below " : "at most ") + format_number(high);
  return text;
}

std::int64_t parse_integer(const std::string& flag, const std::string& word, const Range& range) {
  std::int64_t number = 0;
  if (!read_whole(word, number) || !range.contains(static_cast<double>(number))) {
    refuse(flag, "a whole number", range, word);
  }
  return number;
}

std::uint64_t parse_unsigned(const std::string& flag, const std::string& word) {
  std::uint64_t number = 0;
  if (!read_whole(word, number)) refuse(flag, "a whole number (0 to 18446744073709551615)", {}, word);
  return number;
}

double parse_real(const std::string& flag, const std::string& word, const Range& range) {
  double number = 0;
  if (!read_whole(word, number) || !range.contains(number)) refuse(flag, "a number", range, word);
  return number;
}

std::vector<std::int64_t> parse_list(const std::string& flag, const std::string& word, const Range& range,
                                     EmptyList empty) {
  std::vector<std::int64_t> numbers;
  if (word.empty() && empty == EmptyList::allowed) return numbers;
  for (std::size_t begin = 0; begin <= word.size();) {
    const std::size_t comma = std::min(word.find(',', begin), word.size());
    std::int64_t number = 0;
    if (!read_whole(word.substr(begin, comma - begin), number) || !range.contains(static_cast<double>(number))) {
      refuse(flag, "whole numbers separated by commas", range, word);
    }
    numbers.push_back(number);
    begin = comma + 1;
  }
  return numbers;
}

}  // namespace gradus_examples
