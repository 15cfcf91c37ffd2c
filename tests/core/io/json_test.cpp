#include "error_of.h"

#include <gradus/core/io/json.h>

#include <gtest/gtest.h>

#include <locale.h>

#include <limits>
#include <locale>

namespace gradus {
namespace {

std::string json_error(const std::string& text, int depth = 64) {
  return error_of<std::runtime_error>([&] { parse_json(text, depth); });
}

TEST(Json, ReadsEveryKindOfValue) {
  const Json json =
      parse_json(" {\"a\" : [1, -2.5e3, true,false , null], \"\": {}, \"s\": \"x\\n\\u00e9\\ud83d\\ude00\"}\n");
  ASSERT_TRUE(json.object());
  const Json::Object& members = *json.object();
  ASSERT_EQ(members.size(), 3u);
  EXPECT_EQ(members[0].key, "a");
  const Json::Array& items = *members[0].value.array();
  ASSERT_EQ(items.size(), 5u);
  EXPECT_EQ(*items[0].integer(), 1);
  EXPECT_EQ(std::get<double>(items[1].value), -2500);
  EXPECT_EQ(std::get<bool>(items[2].value), true);
  EXPECT_EQ(std::get<bool>(items[3].value), false);
  EXPECT_TRUE(std::holds_alternative<std::nullptr_t>(items[4].value));
  EXPECT_TRUE(members[1].value.object()->empty());
  EXPECT_EQ(*members[2].value.string(), "x\n\xc3\xa9\xf0\x9f\x98\x80");
}

TEST(Json, EveryEscapeAndExponent) {
  EXPECT_EQ(*parse_json("\"\\b\\f\\r\\t\\n\\/\\\\\\\"\"").string(), "\b\f\r\t\n/\\\"");
  EXPECT_EQ(*parse_json("\"\\u20ac\\u007f\\u07ff\\u0800\\uffff\"").string(),
            "\xe2\x82\xac\x7f\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf");
  EXPECT_EQ(*parse_json("\"\\ud800\\udc00\\udbff\\udfff\"").string(), "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf");
  EXPECT_EQ(*parse_json("\r\n\t {\r\"a\"\r:\r1\r}\r").find("a")->integer(), 1) << "any whitespace";
  EXPECT_EQ(parse_json("{\"a\":1}").find("b"), nullptr);
  for (const char* number : {"1e+5", "1E5", "10e4", "1000000e-1", "100000.0"}) {
    EXPECT_EQ(std::get<double>(parse_json(number).value), 100000) << number;
  }
}

TEST(Json, IntegersAreExact) {
  EXPECT_EQ(*parse_json("9223372036854775807").integer(), INT64_MAX);
  EXPECT_EQ(*parse_json("-9223372036854775808").integer(), INT64_MIN);
  EXPECT_EQ(parse_json("9223372036854775808").integer(), nullptr);
  EXPECT_EQ(std::get<double>(parse_json("9223372036854775808").value), 0x1p63);
  EXPECT_EQ(parse_json("1.0").integer(), nullptr);
  EXPECT_EQ(*parse_json("-0").integer(), 0);
}

TEST(Json, RefusesWhatIsNotJson) {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"", "unexpected end at byte 0"},
      {"  ", "unexpected end at byte 2"},
      {"{", "expected a key in quotes at byte 1"},
      {"[1 2]", "expected , or ] at byte 3"},
      {"[1,]", "expected a value at byte 3"},
      {"{\"a\":1,}", "expected a key in quotes at byte 7"},
      {"{\"a\" 1}", "expected : at byte 5"},
      {"{a:1}", "expected a key in quotes at byte 1"},
      {"1 2", "unexpected text after the end at byte 2"},
      {"nul", "expected a value at byte 0"},
      {"nan", "expected a value at byte 0"},
      {"01", "unexpected text after the end at byte 1"},
      {"+1", "expected a value at byte 0"},
      {"1.", "expected a digit at byte 2"},
      {".5", "expected a value at byte 0"},
      {"1e", "expected a digit at byte 2"},
      {"-", "expected a digit at byte 1"},
      {"1e999", "number out of range at byte 5"},
      {std::string(400, '9'), "number out of range at byte 400"},
      {"\"a", "unexpected end in a string at byte 2"},
      {"\"a\tb\"", "control character in a string at byte 2"},
      {std::string("\"\0\"", 3), "control character in a string at byte 1"},
      {"\"\\x\"", "unknown escape at byte 2"},
      {"\"\\", "unknown escape at byte 2"},
      {"\"\\u12", "expected four hexadecimal digits at byte 3"},
      {"\"\\u-123\"", "expected four hexadecimal digits at byte 3"},
      {"\"\\u12g4\"", "expected four hexadecimal digits at byte 3"},
      {"\"\\ud800\"", "half a surrogate pair at byte 7"},
      {"\"\\udc00\"", "half a surrogate pair at byte 7"},
      {"\"\\ud800\\u0041\"", "half a surrogate pair at byte 13"},
      {"{\"a\":1,\"b\":2,\"a\":3}", "key \"a\" twice in the object that ends at byte 19"},
      {"\"\\udfff\"", "half a surrogate pair at byte 7"},
      {"\"\\udbff\\ue000\"", "half a surrogate pair at byte 13"},
      {"{\"a\":1 \"b\"}", "expected , or } at byte 7"},
      {"{\"" + std::string(90, 'k') + "\":1,\"" + std::string(90, 'k') + "\":2}",
       "key \"" + std::string(80, 'k') + "\" twice in the object that ends at byte 191"},
      {"{\"a\":1,\"\\u0061\":3}", "key \"a\" twice in the object that ends at byte 18"},
  };
  for (const auto& [text, error] : wrong) EXPECT_EQ(json_error(text), error) << text;
}

TEST(Json, RefusesInvalidUtf8) {
  for (const char* bytes :
       {"\x80", "\xff", "\xc3", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf",
        "\xe2\x82", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf0\x9f\x98"}) {
    EXPECT_EQ(json_error("\"" + std::string(bytes) + "\""), "invalid UTF-8 at byte 1");
    EXPECT_FALSE(is_utf8(bytes));
  }
  for (const char* bytes :
       {"", "a", "\xc2\x80", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(is_utf8(bytes));
    EXPECT_EQ(*parse_json("\"" + std::string(bytes) + "\"").string(), bytes);
  }
}

TEST(Json, NestingIsLimited) {
  EXPECT_EQ(json_error("[[[]]]", 2), "nested too deeply at byte 2");
  EXPECT_EQ(json_error("[[],[],{}]", 2), "no error");
  EXPECT_EQ(json_error(std::string(1'000'000, '[')), "nested too deeply at byte 64");
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  EXPECT_EQ(json_error(objects), "nested too deeply at byte 320");
}

TEST(Json, QuotingIsUndoneByReading) {
  EXPECT_EQ(json_quote("a\"b\\c\n\x01"), "\"a\\\"b\\\\c\\n\\u0001\"");
  std::string all;
  for (int c = 0; c < 128; ++c) all += static_cast<char>(c);
  all += "\xc3\xa9";
  EXPECT_EQ(*parse_json(json_quote(all)).string(), all);
}

TEST(JsonText, WritesWhatAProgramKnows) {
  const std::string name = "a \"b\"";
  const std::vector<std::string> words = {"x", "y"};
  const JsonText text = {{"integer", std::int64_t{-9007199254740993}},
                         {"unsigned", std::uint64_t{18446744073709551615u}},
                         {"truth", true},
                         {"nothing", nullptr},
                         {"word", "c"},
                         {name, name},
                         {"words", words},
                         {"none", std::vector<int>()},
                         {"object", {{"one", 1}}},
                         {"empty", JsonText({})},
                         {"squares", json_list(std::vector<int>{1, 2}, [](int x) { return x * x; })},
                         {"elsewhere", JsonText::written("[1]")}};
  EXPECT_EQ(text.str(),
            "{\"integer\": -9007199254740993, \"unsigned\": 18446744073709551615, \"truth\": true, "
            "\"nothing\": null, \"word\": \"c\", \"a \\\"b\\\"\": \"a \\\"b\\\"\", "
            "\"words\": [\"x\", \"y\"], \"none\": [], \"object\": {\"one\": 1}, \"empty\": {}, "
            "\"squares\": [1, 4], \"elsewhere\": [1]}");
  EXPECT_EQ(parse_json(text.str()).object()->size(), 12u);
}

TEST(JsonText, GrowsItemByItem) {
  JsonText list = JsonText::written("[]");
  list.add(1);
  list.add("b");
  JsonText object = {{"a", list}};
  object.add("c", 2);
  EXPECT_EQ(object.str(), "{\"a\": [1, \"b\"], \"c\": 2}");
}

TEST(JsonText, NumbersComeBackAsTheyWere) {
  for (const double x : {0.1, -1.0 / 3, 1e-320, 1.7976931348623157e308, 5e-324, 123456789.0, -0.0}) {
    const Json back = parse_json(JsonText(x).str());
    const double number = back.integer() ? static_cast<double>(*back.integer()) : std::get<double>(back.value);
    EXPECT_EQ(number, x);
  }
  EXPECT_EQ(JsonText(0.1).str(), "0.1");
  EXPECT_EQ(JsonText(0.1f).str(), "0.1");
  EXPECT_EQ(JsonText(1e-5f).str(), "1e-05");
  EXPECT_EQ(JsonText(2.0 / 3, 4).str(), "0.6667");
  EXPECT_EQ(JsonText(123456.0, 4).str(), "1.235e+05");
  EXPECT_EQ(JsonText(std::numeric_limits<double>::quiet_NaN()).str(), "null");
  EXPECT_EQ(JsonText(-std::numeric_limits<float>::infinity(), 4).str(), "null");
}

TEST(Json, ADecimalIsTheNearestDouble) {
  EXPECT_EQ(parse_decimal("9007199254740993"), 9007199254740992.0);  // halfway: to even
  EXPECT_EQ(parse_decimal("9007199254740993.0000000000000000000000001"), 9007199254740994.0);
  EXPECT_EQ(parse_decimal("2.2250738585072011e-308"), 0x0.fffffffffffffp-1022);
  EXPECT_EQ(parse_decimal("1e-400"), 0.0);
  EXPECT_EQ(parse_decimal("+.5"), 0.5);
  uselocale(LC_GLOBAL_LOCALE);
  parse_decimal("1");
  EXPECT_EQ(uselocale(locale_t{}), LC_GLOBAL_LOCALE) << "the thread's locale is as it was";
  for (const char* none : {"", "1e400", "1,5", "nan", "inf", "0x1p3", " 1", "1 ", "1e", ".", "-", "1-2"}) {
    EXPECT_EQ(parse_decimal(none), std::nullopt) << none;
  }
}

TEST(JsonText, DoesNotDependOnTheLocale) {
  struct Comma : std::numpunct<char> {
    char do_decimal_point() const override { return ','; }
    std::string do_grouping() const override { return "\3"; }
    char do_thousands_sep() const override { return '.'; }
  };
  const std::locale before = std::locale::global(std::locale(std::locale::classic(), new Comma));
  EXPECT_EQ(JsonText(std::vector<double>{1234.5}).str(), "[1234.5]");
  EXPECT_EQ(JsonText(1234567).str(), "1234567");
  std::locale::global(before);
}

}  // namespace
}  // namespace gradus
