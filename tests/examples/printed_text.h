// Compares what a program printed with what it should print, number by number.
#pragma once

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <regex>
#include <string>
#include <string_view>

namespace gradus::testing {

constexpr double kNothing = 1e-7;  // what is smaller is taken for rounding where 0 is expected

// A number at the beginning of a text: its value, how many characters it has, and what one in its last digit is.
struct Number {
  double value = 0, unit = 0;
  bool whole = false;
  std::size_t length = 0;  // 0: there is none
};

inline Number number_at(std::string_view text) {
  const char* const end = text.data() + text.size();
  Number n;
  const auto [after, error] = std::from_chars(text.data(), end, n.value);
  const bool digits = !text.empty() && (std::isdigit(static_cast<unsigned char>(text[text[0] == '-' ? 1 : 0])) != 0);
  if (error != std::errc() || !digits) return {};
  n.length = static_cast<std::size_t>(after - text.data());
  const std::string_view written = text.substr(0, n.length);
  const std::size_t e = std::min(written.find('e'), written.size()), point = written.find('.');
  n.whole = e == written.size() && point == std::string_view::npos;
  const double decimals = point < e ? static_cast<double>(e - point - 1) : 0;
  n.unit = std::pow(10, (e < written.size() ? std::stod(std::string(written.substr(e + 1))) : 0) - decimals);
  return n;
}

inline const std::regex& a_time() {
  static const std::regex time("[0-9.]+ (ms|s)\\b|[0-9]+ (min|h) [0-9]+ (s|min)\\b");
  return time;
}

// Numbers may differ by one in the last digit or by a thousandth, but not whole ones, and have about as many digits;
// # is any number, ~ one that is 0 but for rounding and @ any time; some spaces are one.
inline std::string where_they_differ(std::string_view found, std::string_view expected) {
  std::size_t i = 0, j = 0;
  const auto skip = [](std::string_view text, std::size_t& at) {
    while (at + 1 < text.size() && text[at] == ' ' && (text[at + 1] == ' ' || text[at + 1] == '\n')) ++at;
  };
  for (bool in_word = false; j < expected.size();) {
    skip(found, i);
    skip(expected, j);
    const Number a = in_word ? Number() : number_at(found.substr(std::min(i, found.size())));
    const Number b = in_word ? Number() : number_at(expected.substr(j));
    const bool any = expected[j] == '#', none = expected[j] == '~' && std::abs(a.value) < 10 * kNothing;
    const double allowed = std::max(1.01 * std::min(a.unit, b.unit), 1e-3 * std::abs(b.value));
    const double apart = b.value == 0 ? kNothing : a.whole && b.whole ? 0 : allowed;
    const bool as_long = a.length <= b.length + 4 && b.length <= a.length + 4;
    const bool near = as_long && std::abs(a.value - b.value) <= apart;
    if (a.length > 0 && (any || none || (b.length > 0 && near))) {
      i += a.length;
      j += any || none ? 1 : b.length;
      while (any && i + 1 < found.size() && found[i] == ',' && std::isdigit(static_cast<unsigned char>(found[i + 1])))
        i += 4;
      continue;
    }
    std::cmatch match;
    if (expected[j] == '@' && std::regex_search(found.data() + i, found.data() + found.size(), match, a_time(),
                                                std::regex_constants::match_continuous)) {
      i += static_cast<std::size_t>(match.length());
      ++j;
      continue;
    }
    if (i == found.size() || found[i] != expected[j]) {
      const std::size_t before = i - std::min<std::size_t>(i, 400);
      return "after \"" + std::string(found.substr(before, i - before)) +
             "\"\nfound: " + std::string(found.substr(i, 60)) + "\nexpected: " + std::string(expected.substr(j, 60));
    }
    in_word = std::isalnum(static_cast<unsigned char>(found[i])) != 0;
    ++i, ++j;
  }
  return i == found.size() ? "" : "at the end: " + std::string(found.substr(i));
}

inline std::string replaced(std::string text, const std::string& word, const std::string& by) {
  for (std::size_t at = 0; (at = text.find(word, at)) != std::string::npos; at += by.size())
    text.replace(at, word.size(), by);
  return text;
}

}  // namespace gradus::testing
