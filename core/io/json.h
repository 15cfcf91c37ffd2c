// JSON (RFC 8259): reading all of it, strictly, and writing strings.
#pragma once

#include <gradus/core/base.h>

#include <cstdint>
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
};

struct JsonMember {
  std::string key;
  Json value;
};

// Throws std::runtime_error, "... at byte 12", for anything that is not one JSON value with whitespace around it, and
// also for a key twice in an object, invalid UTF-8, a number beyond a double, and nesting deeper than `depth`.
Json parse_json(std::string_view text, int depth = 64);

// Whether it is UTF-8 without overlong forms and surrogates (RFC 3629).
bool is_utf8(std::string_view text);

// The text in quotes, with \ escapes where JSON demands them.
std::string json_quote(std::string_view text);

}  // namespace gradus_base
