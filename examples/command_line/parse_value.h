// One word of a command line as a number: the whole word or nothing. No spaces, no "12x", no "nan".
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
  bool low_open = false;   // low itself is not accepted
  bool high_open = false;  // high itself is not accepted

  bool contains(double number) const;
  std::string text() const;  // "0 to 1", "at least 0", "above 0, below 1"; "" where everything is accepted
};

inline Range range(double low, double high) { return {.low = low, .high = high}; }  // both ends included
inline Range range_below(double low, double high) { return {.low = low, .high = high, .high_open = true}; }
inline Range open_range(double low, double high) {
  return {.low = low, .high = high, .low_open = true, .high_open = true};
}
inline Range at_least(double low) { return {.low = low}; }
inline Range above(double low) { return {.low = low, .low_open = true}; }

enum class EmptyList { refused, allowed };

// All throw UsageError: "--epochs: expected a whole number (0 to 100000), got "12x"".
std::int64_t parse_integer(const std::string& flag, const std::string& word, const Range& range);
std::uint64_t parse_unsigned(const std::string& flag, const std::string& word);
double parse_real(const std::string& flag, const std::string& word, const Range& range);

// "256,128"; the empty word is the empty list, where that is allowed.
std::vector<std::int64_t> parse_list(const std::string& flag, const std::string& word, const Range& range,
                                     EmptyList empty);

}  // namespace gradus_examples
