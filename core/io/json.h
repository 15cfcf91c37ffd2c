// JSON (RFC 8259): a strict reader of all of it, and a writer.
#pragma once

#include <gradus/core/base.h>

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gradus_base {

struct JsonMember;

struct Json {
  using Array = std::vector<Json>;
  using Object = std::vector<JsonMember>;  // in the text's order, keys all different
  // A number without fraction and exponent that fits 64 bits is an integer, any other a double.
  std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, Array, Object> value;

  const std::int64_t* integer() const { return std::get_if<std::int64_t>(&value); }
  const std::string* string() const { return std::get_if<std::string>(&value); }
  const Array* array() const { return std::get_if<Array>(&value); }
  const Object* object() const { return std::get_if<Object>(&value); }
  const Json* find(std::string_view key) const;  // in an object; null if it has none of that name, or is no object
};

struct JsonMember {
  std::string key;
  Json value;
};

// Throws std::runtime_error, "... at byte 12", for anything that is not one JSON value with whitespace around it, and
// also for a key twice in an object, invalid UTF-8, a number beyond a double, and nesting deeper than `depth`.
Json parse_json(std::string_view text, int depth = 64);

// A decimal number, whatever the locale: the nearest double. Nothing if that would be infinite or the text is no
// number.
std::optional<double> parse_decimal(const std::string& text);

// Whether it is UTF-8 without overlong forms and surrogates (RFC 3629).
bool is_utf8(std::string_view text);

// The text in quotes, with \ escapes where JSON demands them.
std::string json_quote(std::string_view text);

// JSON being written: numbers, words, lists of what can be written, and objects.
//
//   JsonText line = {{"epoch", 3}, {"loss", 0.25}, {"layers", names}};
//   line.str()                            {"epoch": 3, "loss": 0.25, "layers": ["0.linear", "1.relu"]}
//
// Whatever the locale, a number is written with the fewest digits that read back as the same number, or with `digits`
// at most. One that is not finite becomes null, as JSON has none.
class JsonText {
 public:
  struct Member;
  JsonText(std::nullptr_t) : text_("null") {}
  JsonText(bool value) : text_(value ? "true" : "false") {}
  JsonText(std::integral auto value) : text_(std::to_string(value)) {}
  JsonText(double value, int digits = 0);
  JsonText(float value, int digits = 0);
  JsonText(const char* text) : text_(json_quote(text)) {}
  JsonText(std::string_view text) : text_(json_quote(text)) {}
  JsonText(const std::string& text) : text_(json_quote(text)) {}
  template <class Items>
  requires requires(const Items& items) { items.begin(); }
  JsonText(const Items& items) : text_("[]") {
    for (const auto& item : items) add(item);
  }
  JsonText(std::initializer_list<Member> members);
  static JsonText written(std::string json);  // elsewhere, and taken as it is

  void add(const JsonText& item);                         // to a list
  void add(std::string_view key, const JsonText& value);  // to an object
  const std::string& str() const { return text_; }

 private:
  std::string text_;
};

struct JsonText::Member {
  std::string_view key;
  JsonText value;
};

// A list of what `f` makes of each item.
template <class Items, class F>
JsonText json_list(const Items& items, const F& f) {
  JsonText list = JsonText::written("[]");
  for (const auto& item : items) list.add(f(item));
  return list;
}

}  // namespace gradus_base
