// Reading JSON; json_text.cpp writes it.
#include <gradus/core/io/json.h>

#include <locale.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <stdexcept>
#if __has_include(<xlocale.h>)
#include <xlocale.h>  // where macOS and FreeBSD keep uselocale
#endif

namespace gradus_base {
namespace {

// The length of the UTF-8 sequence at the start of the text; 0 if it is invalid. The second byte's range excludes
// overlong forms, surrogates and what lies beyond U+10FFFF (RFC 3629, section 4).
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto follows = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xbf) {
    return byte(i) >= low && byte(i) <= high;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return text.empty() ? 0 : 1;
  if (first >= 0xc2 && first <= 0xdf) return follows(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    return follows(1, first == 0xe0 ? 0xa0 : 0x80, first == 0xed ? 0x9f : 0xbf) && follows(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    return follows(1, first == 0xf0 ? 0x90 : 0x80, first == 0xf4 ? 0x8f : 0xbf) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

void append_utf8(std::string& out, std::uint32_t point) {
  const auto append = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (point < 0x80) return append(point);
  if (point < 0x800) {
    append(0xc0 | point >> 6);
  } else if (point < 0x10000) {
    append(0xe0 | point >> 12);
    append(0x80 | (point >> 6 & 0x3f));
  } else {
    append(0xf0 | point >> 18);
    append(0x80 | (point >> 12 & 0x3f));
    append(0x80 | (point >> 6 & 0x3f));
  }
  append(0x80 | (point & 0x3f));
}

// One function for each rule of the grammar; each leaves position_ behind what it has read.
class Parser {
 public:
  Parser(std::string_view text, int depth) : text_(text), depth_(depth) {}

  Json document() {
    Json json = value();
    skip_space();
    if (position_ != text_.size()) refuse("unexpected text after the end");
    return json;
  }

 private:
  [[noreturn]] void refuse(const std::string& problem) const {
    throw std::runtime_error(problem + " at byte " + std::to_string(position_));
  }
  char peek() const { return position_ < text_.size() ? text_[position_] : '\0'; }
  bool accept(std::string_view word) {
    if (!text_.substr(position_).starts_with(word)) return false;
    position_ += word.size();
    return true;
  }
  void skip_space() {
    while (position_ < text_.size() && std::string_view(" \t\n\r").find(text_[position_]) != std::string_view::npos) {
      ++position_;
    }
  }

  Json value() {
    skip_space();
    switch (peek()) {
      case '{':
        return {object()};
      case '[':
        return {array()};
      case '"':
        return {string()};
      default:
        break;
    }
    if (accept("true")) return {true};
    if (accept("false")) return {false};
    if (accept("null")) return {nullptr};
    if (peek() == '-' || is_digit()) return number();
    refuse(position_ < text_.size() ? "expected a value" : "unexpected end");
  }

  // The elements of what is enclosed by two brackets and separated by commas.
  template <class Element>
  void elements(char close, const Element& element) {
    if (--depth_ < 0) refuse("nested too deeply");
    ++position_;
    skip_space();
    if (!accept({&close, 1})) {
      do {
        element();
        skip_space();
      } while (accept(","));
      if (!accept({&close, 1})) refuse(std::string("expected , or ") + close);
    }
    ++depth_;
  }

  Json::Array array() {
    Json::Array items;
    elements(']', [&] { items.push_back(value()); });
    return items;
  }

  Json::Object object() {
    Json::Object members;
    elements('}', [&] {
      skip_space();
      if (peek() != '"') refuse("expected a key in quotes");
      std::string key = string();
      skip_space();
      if (!accept(":")) refuse("expected :");
      members.push_back({std::move(key), value()});
    });
    check_keys(members);
    return members;
  }

  // Sorted, so that a million keys take no million times a million comparisons.
  void check_keys(const Json::Object& members) const {
    std::vector<std::string_view> keys;
    for (const JsonMember& member : members) keys.emplace_back(member.key);
    std::ranges::sort(keys);
    const auto twice = std::ranges::adjacent_find(keys);
    if (twice != keys.end()) refuse("key " + json_quote(twice->substr(0, 80)) + " twice in the object that ends");
  }

  std::string string() {
    std::string out;
    ++position_;
    while (!accept("\"")) {
      if (position_ == text_.size()) refuse("unexpected end in a string");
      if (static_cast<unsigned char>(peek()) < 0x20) refuse("control character in a string");
      if (accept("\\")) {
        append_utf8(out, escape());
        continue;
      }
      const std::size_t length = utf8_length(text_.substr(position_, 4));
      if (length == 0) refuse("invalid UTF-8");
      out += text_.substr(position_, length);
      position_ += length;
    }
    return out;
  }

  // What follows a backslash, as a code point. Those beyond U+FFFF come as two halves (surrogates).
  std::uint32_t escape() {
    if (accept("u")) {
      const std::uint32_t high = four_digits();
      if (high < 0xd800 || high > 0xdfff) return high;
      if (high > 0xdbff || !accept("\\u")) refuse("half a surrogate pair");
      const std::uint32_t low = four_digits();
      if (low < 0xdc00 || low > 0xdfff) refuse("half a surrogate pair");
      return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
    }
    constexpr std::string_view letters = "\"\\/bfnrt", characters = "\"\\/\b\f\n\r\t";
    const std::size_t which = position_ < text_.size() ? letters.find(peek()) : std::string_view::npos;
    if (which == std::string_view::npos) refuse("unknown escape");
    ++position_;
    return static_cast<std::uint32_t>(characters[which]);
  }

  std::uint32_t four_digits() {
    std::uint32_t point = 0;
    const std::string_view digits = text_.substr(position_, 4);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), point, 16);
    if (error != std::errc() || end != digits.data() + 4) refuse("expected four hexadecimal digits");
    position_ += 4;
    return point;
  }

  bool is_digit() const { return peek() >= '0' && peek() <= '9'; }
  void digits() {
    if (!is_digit()) refuse("expected a digit");
    while (is_digit()) ++position_;
  }

  Json number() {
    const std::size_t begin = position_;
    accept("-");
    if (!accept("0")) digits();
    bool whole = true;
    if (accept(".")) {
      whole = false;
      digits();
    }
    if (accept("e") || accept("E")) {
      whole = false;
      if (!accept("+")) accept("-");
      digits();
    }
    const char *first = text_.data() + begin, *last = text_.data() + position_;
    std::int64_t integer = 0;
    if (whole && std::from_chars(first, last, integer).ec == std::errc()) return {integer};
    const std::optional<double> real = parse_decimal({first, last});
    if (!real) refuse("number out of range");
    return {*real};
  }

  std::string_view text_;
  std::size_t position_ = 0;
  int depth_;
};

}  // namespace

const Json* Json::find(std::string_view key) const {
  if (!object()) return nullptr;
  const auto member = std::ranges::find(*object(), key, &JsonMember::key);
  return member == object()->end() ? nullptr : &member->value;
}

Json parse_json(std::string_view text, int depth) { return Parser(text, depth).document(); }

// strtod is right to the last bit everywhere, but writes its point as the locale does; std::from_chars is missing in
// clang's library before 20, whose streams also fail on subnormal numbers.
std::optional<double> parse_decimal(const std::string& text) {
  if (text.empty() || text.find_first_not_of("0123456789+-.eE") != std::string::npos) return {};
  static const locale_t classic = newlocale(LC_ALL_MASK, "C", locale_t{});
  const locale_t before = uselocale(classic);
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  uselocale(before);
  if (end != text.c_str() + text.size() || !std::isfinite(number)) return {};
  return number;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text.substr(0, 4));
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace gradus_base
