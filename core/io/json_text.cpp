// Writing JSON; json.cpp reads it.
#include <gradus/core/io/json.h>

#include <charconv>
#include <cmath>
#include <utility>

namespace gradus_base {
namespace {

template <class Number>
std::string number_text(Number value, int digits) {
  if (!std::isfinite(value)) return "null";
  char text[40];
  char* const end = text + sizeof text;
  const auto written = digits > 0 ? std::to_chars(text, end, value, std::chars_format::general, digits)
                                  : std::to_chars(text, end, value);
  return {text, written.ptr};
}

}  // namespace

std::string json_quote(std::string_view text) {
  constexpr std::string_view hexadecimal = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20) {
      out += "\\u00";
      out += hexadecimal[byte >> 4];
      out += hexadecimal[byte & 15];
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out + '"';
}

JsonText::JsonText(double value, int digits) : text_(number_text(value, digits)) {}
JsonText::JsonText(float value, int digits) : text_(number_text(value, digits)) {}
JsonText::JsonText(std::initializer_list<Member> members) : text_("{}") {
  for (const auto& [key, value] : members) add(key, value);
}

JsonText JsonText::written(std::string json) {
  JsonText text = nullptr;
  text.text_ = std::move(json);
  return text;
}

void JsonText::add(const JsonText& item) {
  const char close = text_.back();
  text_.pop_back();
  if (text_.size() > 1) text_ += ", ";
  text_ += item.text_;
  text_ += close;
}

void JsonText::add(std::string_view key, const JsonText& value) { add(written(json_quote(key) + ": " + value.text_)); }

}  // namespace gradus_base
