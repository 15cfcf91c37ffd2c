#include <gradus/core/error.h>
#include <gradus/core/io/json.h>
#include <gradus/examples/command_line/format.h>
#include <gradus/examples/command_line/parse_value.h>
#include <gradus/examples/command_line/program.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace gradus_examples {

namespace {

template <typename Integer>
bool read_whole(const std::string& word, Integer& number) {
  const char* end = word.data() + word.size();
  const auto [rest, error] = std::from_chars(word.data(), end, number);
  return error == std::errc() && rest == end;
}

bool read_whole(const std::string& word, double& number) {
  const std::optional<double> read = parse_decimal(word);
  number = read.value_or(0);
  return read.has_value();
}

[[noreturn]] void refuse(const std::string& flag, const std::string& expected, const Range& range,
                         const std::string& word) {
  const std::string limits = range.text().empty() ? "" : " (" + range.text() + ")";
  throw UsageError(flag, "expected " + expected + limits + ", got \"" + word + "\"");
}

template <class Number>
void parse(const std::string& flag, const std::string& expected, const std::string& word, const Range& range,
           Number& value) {
  Number number = 0;
  if (!read_whole(word, number) || !range.contains(static_cast<double>(number))) refuse(flag, expected, range, word);
  value = number;
}

}  // namespace

bool Range::contains(double number) const {
  return (low_open ? number > low : number >= low) && (high_open ? number < high : number <= high);
}

std::string Range::text() const {
  const bool bounded_below = std::isfinite(low), bounded_above = std::isfinite(high);
  if (bounded_below && bounded_above && !low_open && !high_open) {
    return format_number(low) + " to " + format_number(high);
  }
  std::string text;
  if (bounded_below) text = (low_open ? "above " : "at least ") + format_number(low);
  if (bounded_below && bounded_above) text += ", ";
  if (bounded_above) text += (high_open ? "below " : "at most ") + format_number(high);
  return text;
}

void parse_value(const std::string& flag, const std::string& word, const Range& range, int& value) {
  Range narrower = range;
  narrower.low = std::max<double>(range.low, std::numeric_limits<int>::min());
  narrower.high = std::min<double>(range.high, std::numeric_limits<int>::max());
  parse(flag, "a whole number", word, narrower, value);
}

void parse_value(const std::string& flag, const std::string& word, const Range& range, std::int64_t& value) {
  parse(flag, "a whole number", word, range, value);
}

void parse_value(const std::string& flag, const std::string& word, const Range& range, std::uint64_t& value) {
  parse(flag, "a whole number (0 to 18446744073709551615)", word, range, value);
}

void parse_value(const std::string& flag, const std::string& word, const Range& range, double& value) {
  parse(flag, "a number", word, range, value);
}

void parse_value(const std::string& flag, const std::string& word, const Range& range, IntegerList& value) {
  IntegerList numbers;
  for (std::size_t begin = 0; begin <= word.size() && !(word.empty() && range.empty_list);) {
    const std::size_t comma = std::min(word.find(',', begin), word.size());
    std::int64_t& number = numbers.emplace_back();
    if (!read_whole(word.substr(begin, comma - begin), number) || !range.contains(static_cast<double>(number))) {
      refuse(flag, "whole numbers separated by commas", range, word);
    }
    begin = comma + 1;
  }
  value = numbers;
}

void parse_value(const std::string&, const std::string& word, const Range&, std::string& value) { value = word; }

std::string value_text(double value) { return format_number(value); }

std::string value_text(const IntegerList& value) {
  std::string list;
  for (const std::int64_t number : value) list += text(list.empty() ? "" : ",", number);
  return value.empty() ? "\"\"" : list;
}

}  // namespace gradus_examples
