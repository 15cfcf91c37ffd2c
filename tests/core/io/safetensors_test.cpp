// Safetensors files: what is written, what is read back, and what is refused.
#include "error_of.h"
#include "temporary_folder.h"

#include <gradus/core/io/safetensors.h>

#include <gtest/gtest.h>

#include <locale>
#include <sstream>

#include <cstring>
#include <limits>

namespace gradus {
namespace {

using testing::TemporaryFolder;

// A file with this header, padded as it is, and so many bytes of data: 0, 1, 2, ...
std::string file_of(const std::string& header, std::size_t data_bytes) {
  const std::uint64_t length = header.size();
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  bytes += header;
  for (std::size_t i = 0; i < data_bytes; ++i) bytes += static_cast<char>(i);
  return bytes;
}
std::string parse_error(const std::string& bytes) {
  return error_of<std::runtime_error>([&] { parse_safetensors(bytes, "f"); });
}
std::string header_error(const std::string& header, std::size_t data_bytes) {
  return parse_error(file_of(header, data_bytes));
}

const StateDict example = {{"0.weight", Tensor({2, 3}, {1, 2, 3, 4, 5, std::numeric_limits<Scalar>::quiet_NaN()})},
                           {"steps", std::int64_t{1} << 62},
                           {"empty", Tensor({0, 5}, {})},
                           {"scalar", Tensor(-0.5)},
                           {"order", std::vector<std::int64_t>{3, -1, 2}},
                           {"none", std::vector<std::int64_t>{}},
                           {"one", std::vector<std::int64_t>{5}},
                           {"quote\" é\n", Tensor({1}, {7})}};

void expect_same(const StateDict& a, const StateDict& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].first, b[i].first);
    ASSERT_EQ(a[i].second.index(), b[i].second.index());
    if (const auto* t = std::get_if<Tensor>(&a[i].second)) {
      const auto& u = std::get<Tensor>(b[i].second);
      EXPECT_EQ(t->shape(), u.shape());
      EXPECT_TRUE(t->count() == 0 || std::memcmp(t->data(), u.data(), t->values().size_bytes()) == 0) << a[i].first;
    } else {
      EXPECT_TRUE(a[i].second == b[i].second);
    }
  }
}

TEST(Safetensors, WhatIsSavedIsLoadedBitForBit) {
  const TemporaryFolder folder;
  const std::string path = (folder / "f").string();
  const Metadata metadata = {{"format", "pt"}, {"text", "two\nlines \"é\""}};
  save_safetensors(path, example, metadata);
  const Safetensors loaded = load_safetensors(path);
  expect_same(loaded.state, example);
  EXPECT_EQ(loaded.metadata, metadata);
  EXPECT_EQ(*find(loaded.metadata, "format"), "pt");
  EXPECT_EQ(find(loaded.metadata, "no"), nullptr);
  EXPECT_EQ(std::get<std::int64_t>(*find(loaded.state, "steps")), std::int64_t{1} << 62);
  EXPECT_EQ(find(loaded.state, "no"), nullptr);
  expect_same(parse_safetensors(format_safetensors({}), "f").state, {});
  const StateDict underscores = {{"__w", Tensor(1)}};  // only __metadata__ is no tensor
  expect_same(parse_safetensors(format_safetensors(underscores), "f").state, underscores);
}

TEST(Safetensors, TheFileIsAsTheFormatSays) {
  const std::string type = sizeof(Scalar) == 4 ? "F32" : "F64";
  const std::string end = std::to_string(8 + 2 * sizeof(Scalar));
  const std::string bytes =
      format_safetensors({{"w", Tensor({1, 2}, {1, -2})}, {"n", std::int64_t{258}}}, {{"k", "v"}});
  std::string header = "{\"__metadata__\":{\"k\":\"v\"},\"w\":{\"dtype\":\"" + type +
                       "\",\"shape\":[1,2],\"data_offsets\":[8," + end +
                       "]},\"n\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]}}";
  while (header.size() % 8 != 0) header += ' ';
  const Scalar numbers[2] = {1, -2};
  EXPECT_EQ(bytes, file_of(header, 0) + std::string("\x02\x01\0\0\0\0\0\0", 8) +
                       std::string(reinterpret_cast<const char*>(numbers), sizeof numbers));
}

TEST(Safetensors, FloatsAndDoublesAreReadWhicheverScalarIs) {
  const float f[2] = {1.5f, 3};
  const double d = 0.25;
  std::string data(16, '\0');
  std::memcpy(data.data(), &d, 8);
  std::memcpy(data.data() + 8, f, 8);
  const Safetensors loaded =
      parse_safetensors(file_of("{\"f\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]},"
                                "\"d\":{\"shape\":[],\"data_offsets\":[0,8],\"dtype\":\"F64\"}}  ",
                                0) +
                            data,
                        "f");
  expect_same(loaded.state, {{"f", Tensor({2}, {1.5, 3})}, {"d", Tensor(0.25)}});
  // The format asks for no alignment: 4 bytes, then 8.
  data = std::string(reinterpret_cast<const char*>(f), 4) + std::string(reinterpret_cast<const char*>(&d), 8);
  expect_same(parse_safetensors(file_of("{\"f\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                                        "\"d\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[4,12]}}",
                                        0) +
                                    data,
                                "f")
                  .state,
              {{"f", Tensor({1}, {1.5})}, {"d", Tensor({1}, {0.25})}});
}

TEST(Safetensors, RefusesAnImpossibleHeader) {
  EXPECT_EQ(parse_error(""), "f: truncated: a safetensors file has at least 8 bytes, this has 0");
  EXPECT_EQ(parse_error("1234567"), "f: truncated: a safetensors file has at least 8 bytes, this has 7");
  EXPECT_EQ(parse_error(std::string("\x03\0\0\0\0\0\0\0{}", 10)), "f: truncated: the header claims 3 bytes, 2 follow");
  EXPECT_EQ(parse_error(std::string("\0\xe1\xf5\x05\0\0\0\0{}", 10)),
            "f: truncated: the header claims 100000000 bytes, 2 follow");
  EXPECT_EQ(parse_error("not a safetensors file"),
            "f: the header claims 7021991845529153390 bytes, more than 100000000: is this a safetensors file?");
  EXPECT_EQ(parse_error(std::string(8, '\xff')),
            "f: the header claims 18446744073709551615 bytes, more than 100000000: is this a safetensors file?");
  EXPECT_EQ(header_error("", 0), "f: the header does not begin with {");
  EXPECT_EQ(header_error(" {}", 0), "f: the header does not begin with {");
  EXPECT_EQ(header_error("{", 0), "f: the header is wrong: expected a key in quotes at byte 1");
  EXPECT_EQ(header_error("{}x", 0), "f: the header is wrong: unexpected text after the end at byte 2");
  EXPECT_EQ(header_error("{\"\xff\":1}", 0), "f: the header is wrong: invalid UTF-8 at byte 2");
  EXPECT_EQ(header_error("{\"a\":" + std::string(100, '['), 0), "f: the header is wrong: nested too deeply at byte 12");
  EXPECT_EQ(header_error("{\"a\":1e999}", 0), "f: the header is wrong: number out of range at byte 10");
  EXPECT_EQ(header_error("{\"a\":1}", 0), "f: \"a\" is not an object");
  EXPECT_EQ(header_error("{\"__metadata__\":1}", 0), "f: \"__metadata__\" is not an object");
  EXPECT_EQ(header_error("{\"__metadata__\":{\"k\":1}}", 0),
            "f: \"__metadata__\" holds something other than text: \"k\"");
}

TEST(Safetensors, RefusesAnImpossibleEntry) {
  const auto entry = [](const std::string& type, const std::string& shape, const std::string& offsets) {
    return "\":{\"dtype\":" + type + ",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}";
  };
  const auto error = [&](const std::string& type, const std::string& shape, const std::string& offsets) {
    return header_error("{\"a" + entry(type, shape, offsets) + "}", 8);
  };
  EXPECT_EQ(error("\"F32\"", "[2]", "[0,8]"), "no error");
  EXPECT_EQ(error("3", "[2]", "[0,8]"), "f: \"a\" has no text as dtype");
  EXPECT_EQ(error("\"F16\"", "[4]", "[0,8]"), "f: \"a\" is of type \"F16\"; F32, F64 and I64 can be read");
  EXPECT_EQ(error("\"\"", "[4]", "[0,8]"), "f: \"a\" is of type \"\"; F32, F64 and I64 can be read");
  EXPECT_EQ(error("\"F32\"", "2", "[0,8]"), "f: \"a\" has no list as shape");
  EXPECT_EQ(error("\"F32\"", "[2.0]", "[0,8]"), "f: \"a\" has something other than whole numbers as shape");
  EXPECT_EQ(error("\"F32\"", "[-2]", "[0,8]"), "f: \"a\" has something other than whole numbers as shape");
  EXPECT_EQ(error("\"F32\"", "[99999999999999999999]", "[0,8]"),
            "f: \"a\" has something other than whole numbers as shape");
  EXPECT_EQ(error("\"F32\"", "[2]", "[0]"), "f: \"a\" has 1 data_offsets instead of 2");
  EXPECT_EQ(error("\"F32\"", "[2]", "[0,8,8]"), "f: \"a\" has 3 data_offsets instead of 2");
  EXPECT_EQ(error("\"F32\"", "[2]", "[0,true]"), "f: \"a\" has something other than whole numbers as data_offsets");
  EXPECT_EQ(error("\"F32\"", "[2]", "[8,0]"), "f: \"a\" lies at bytes 8 to 0 of 8");
  EXPECT_EQ(error("\"F32\"", "[2]", "[4,12]"), "f: \"a\" lies at bytes 4 to 12 of 8");
  EXPECT_EQ(error("\"F32\"", "[2]", "[0,9223372036854775807]"), "f: \"a\" lies at bytes 0 to 9223372036854775807 of 8");
  EXPECT_EQ(error("\"F32\"", "[3]", "[0,8]"), "f: \"a\" takes 12 bytes, but has bytes 0 to 8");
  EXPECT_EQ(error("\"F64\"", "[2]", "[0,8]"), "f: \"a\" takes 16 bytes, but has bytes 0 to 8");
  EXPECT_EQ(error("\"F32\"", "[1,1,1,1,1,1,1,1,2]", "[0,8]"), "f: \"a\" has 9 axes; F32 can have 8");
  EXPECT_EQ(error("\"I64\"", "[1,1]", "[0,8]"), "f: \"a\" has 2 axes; I64 can have 1");
  // Products that wrap around to 2 or to 0.
  EXPECT_EQ(error("\"F32\"", "[4294967296,4294967296,2]", "[0,8]"), "f: \"a\" has a shape beyond 64 bits");
  EXPECT_EQ(error("\"F32\"", "[9223372036854775807,2]", "[0,8]"), "f: \"a\" has a shape beyond 64 bits");
  EXPECT_EQ(error("\"F32\"", "[0,9223372036854775807,9223372036854775807]", "[0,0]"),
            "f: \"a\" has a shape beyond 64 bits");
  EXPECT_EQ(error("\"F32\"", "[4611686018427387905]", "[0,8]"), "f: \"a\" has a shape beyond 64 bits");
  EXPECT_EQ(header_error("{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", 8), "f: \"a\" has no data_offsets");
  EXPECT_EQ(header_error("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"x\":1}}", 8),
            "f: \"a\" has more than dtype, shape and data_offsets");

  // Several entries: every byte must belong to one of them.
  const auto two = [&](const std::string& first, const std::string& second, std::size_t bytes) {
    return header_error("{\"a" + entry("\"F32\"", "[2]", first) + ",\"b" + entry("\"F32\"", "[2]", second) + "}",
                        bytes);
  };
  EXPECT_EQ(two("[8,16]", "[0,8]", 16), "no error");
  EXPECT_EQ(
      header_error("{\"a" + entry("\"F32\"", "[2]", "[0,8]") + ",\"b" + entry("\"F32\"", "[0]", "[0,0]") + "}", 8),
      "no error")
      << "what is empty overlaps nothing";
  EXPECT_EQ(two("[0,8]", "[0,8]", 8), "f: \"b\" overlaps another value at byte 0");
  EXPECT_EQ(two("[0,8]", "[4,12]", 12), "f: \"b\" overlaps another value at byte 4");
  EXPECT_EQ(two("[0,8]", "[12,20]", 20), "f: bytes 8 to 12 belong to no value");
  EXPECT_EQ(two("[4,12]", "[12,20]", 20), "f: bytes 0 to 4 belong to no value");
  EXPECT_EQ(two("[0,8]", "[8,16]", 17), "f: bytes 16 to 17 belong to no value");
  EXPECT_EQ(
      header_error("{\"a" + entry("\"F32\"", "[2]", "[0,8]") + ",\"a" + entry("\"F32\"", "[2]", "[8,16]") + "}", 16),
      "f: the header is wrong: key \"a\" twice in the object that ends at byte 108");
}

TEST(Safetensors, ErrorsQuoteNoMoreThanTheBeginningOfWhatIsLong) {
  const std::string key(1000, 'k'), type(1000, 't');
  const std::string shape = ",\"shape\":[2],\"data_offsets\":[0,8]}}";
  EXPECT_EQ(
      header_error("{\"" + key + "\":{\"dtype\":\"" + type + "\"" + shape, 8),
      "f: \"" + std::string(200, 'k') + "\" is of type \"" + std::string(40, 't') + "\"; F32, F64 and I64 can be read");
}

TEST(Safetensors, PartsOfAStateAreToldApartByTheirWholeName) {
  StateDict state;
  add_part(state, "a", {{"x", std::int64_t{1}}});
  add_part(state, "ab", {{"x", std::int64_t{2}}});
  EXPECT_EQ(take_part(state, "a"), (StateDict{{"x", std::int64_t{1}}}));
  EXPECT_EQ(state, (StateDict{{"ab.x", std::int64_t{2}}}));
  EXPECT_EQ(take<std::int64_t>(state, "ab.x"), 2);
  EXPECT_EQ(error_of<std::runtime_error>([&] { take<std::int64_t>(state, "ab.x"); }), "missing ab.x") << "it is out";
  EXPECT_EQ(error_of<std::runtime_error>([] { random_state(std::vector<std::int64_t>(3, 1)); }),
            "random state has 3 numbers instead of 4");
}

TEST(Safetensors, EveryTruncationIsNoticed) {
  const std::string whole = format_safetensors(example, {{"k", "v"}});
  for (std::size_t n = 0; n < whole.size(); ++n) {
    EXPECT_NE(parse_error(whole.substr(0, n)).find("f: "), std::string::npos) << n;
  }
  EXPECT_NE(parse_error(whole + '\0').find("belong to no value"), std::string::npos);
}

TEST(Safetensors, RefusesNamesThatCannotBeSaved) {
  const Tensor t({1}, {1});
  const auto error = [](const StateDict& state, const Metadata& metadata = {}) {
    return error_of([&] { format_safetensors(state, metadata); });
  };
  EXPECT_EQ(error({{"a", t}, {"a", t}}), "save: there are two values called a");
  EXPECT_EQ(error({{"__metadata__", t}}), "save: a tensor cannot be called __metadata__");
  EXPECT_EQ(error({{"\xff", t}}).substr(0, 15), "save: the name ");
  EXPECT_EQ(error({}, {{"a", "b"}, {"a", "c"}}), "save: there are two values called a");
  EXPECT_EQ(error({}, {{"a", "\xff"}}), "save: the metadata a is not UTF-8");
}

}  // namespace
// A locale that writes 1.000 for a thousand and 0,5 for a half. (Named locales may be missing.)
struct Elsewhere : std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\3"; }
};

TEST(Safetensors, DoNotDependOnTheLocale) {
  const std::locale before = std::locale::global(std::locale(std::locale::classic(), new Elsewhere));
  const Tensor large = Tensor::zeros({3, 1000});
  const std::string bytes = format_safetensors({{"w", large}, {"count", std::int64_t{1234567}}});
  const std::string error = error_of([&] { large.reshape({1234, 2}); });
  std::ostringstream printed;
  printed << large.shape() << ' ' << Tensor({1}, {0.5}) << ' ' << Tensor(12345);
  const Safetensors back = parse_safetensors(bytes, "w");
  std::locale::global(before);
  EXPECT_NE(bytes.find("\"shape\":[3,1000]"), std::string::npos) << bytes.substr(0, 200);
  EXPECT_EQ(std::get<Tensor>(*find(back.state, "w")), large);
  EXPECT_EQ(error, "reshape: [3, 1000] has 3000 elements, [1234, 2] has 2468");
  EXPECT_EQ(printed.str(), "[3, 1000] [0.5] 12345");
}

}  // namespace gradus
