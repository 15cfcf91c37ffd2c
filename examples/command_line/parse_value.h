// One word of a command line as a value: the whole word or nothing. No spaces, no "12x", no "nan".
#pragma once

#include <gradus/examples/base.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace gradus_examples {

// The numbers a flag accepts. Whole numbers are compared exactly up to 2^53.
struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool low_open = false;    // low itself is not accepted
  bool high_open = false;   // high itself is not accepted
  bool empty_list = false;  // of a list: that it may be empty

  bool contains(double number) const;
  std::string text() const;  // "0 to 1", "at least 0", "above 0, below 1"; "" where everything is accepted
};

inline Range range(double low, double high) { return {.low = low, .high = high}; }  // both ends included
inline Range range_below(double low, double high) { return {.low = low, .high = high, .high_open = true}; }
inline Range at_least(double low) { return {.low = low}; }
inline Range above(double low) { return {.low = low, .low_open = true}; }

inline Range or_none(Range range) {
  range.empty_list = true;
  return range;
}

using IntegerList = std::vector<std::int64_t>;  // "256,128"

// All throw UsageError: "--epochs: expected a whole number (0 to 100000), got "12x"". An int has its own limits too.
void parse_value(const std::string& flag, const std::string& word, const Range& range, int& value);
void parse_value(const std::string& flag, const std::string& word, const Range& range, std::int64_t& value);
void parse_value(const std::string& flag, const std::string& word, const Range& range, std::uint64_t& value);
void parse_value(const std::string& flag, const std::string& word, const Range& range, double& value);
void parse_value(const std::string& flag, const std::string& word, const Range& range, IntegerList& value);
void parse_value(const std::string& flag, const std::string& word, const Range& range, std::string& value);

// As one would write it.
inline std::string value_text(std::int64_t value) { return std::to_string(value); }
inline std::string value_text(int value) { return std::to_string(value); }
inline std::string value_text(std::uint64_t value) { return std::to_string(value); }
inline std::string value_text(const std::string& value) { return value; }
std::string value_text(double value);
std::string value_text(const IntegerList& value);

}  // namespace gradus_examples
