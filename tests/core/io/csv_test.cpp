#include "error_of.h"
#include "temporary_folder.h"

#include <gradus/core/io/csv.h>
#include <gradus/core/io/standardization.h>

#include <gtest/gtest.h>

#include <cmath>

namespace gradus {
namespace {

using Rows = std::vector<CsvRow>;

Rows parse(const std::string& bytes, char delimiter = ',') {
  std::istringstream in(bytes);
  return parse_csv(in, "f", delimiter);
}

std::string error(const std::string& bytes) {
  return error_of<std::runtime_error>([&] { parse(bytes); });
}

TEST(Csv, RowsAndCells) {
  const Rows expected = {{"a", "b"}, {"1", ""}, {" 2", "x y"}};
  EXPECT_EQ(parse("a,b\n1,\n 2,x y\n"), expected);
  EXPECT_EQ(parse("a,b\r\n1,\r\n 2,x y"), expected);
  EXPECT_EQ(parse("\xef\xbb\xbf"
                  "a,b\n1,\n 2,x y\n\n\r\n\n"),
            expected);
  EXPECT_EQ(parse("a;b\n1;\n 2;x y\n", ';'), expected);
  EXPECT_EQ(parse("a\tb\n1\t\n 2\tx y\n", '\t'), expected);
  EXPECT_EQ(parse(""), Rows());
  EXPECT_EQ(parse("\xef\xbb\xbf"), Rows());
  EXPECT_EQ(parse("\n\n"), Rows());
  EXPECT_EQ(parse("a"), Rows{{"a"}});
  EXPECT_EQ(parse(","), (Rows{{"", ""}}));
}

TEST(Csv, InQuotesAnythingGoes) {
  EXPECT_EQ(parse("\"a,b\",\"say \"\"no\"\"\"\n\"two\r\nlines\",\"\"\r\n"),
            (Rows{{"a,b", "say \"no\""}, {"two\r\nlines", ""}}));
  EXPECT_EQ(parse("\xef\xbb\xbf\"a\",b"), (Rows{{"a", "b"}}));  // the mark is not part of the cell
  EXPECT_EQ(parse("\"\"\"\"\n"), Rows{{"\""}});
  EXPECT_EQ(parse("\"\xc3\xa9\xf0\x9f\x90\xa7\""), Rows{{"\xc3\xa9\xf0\x9f\x90\xa7"}});
}

TEST(Csv, OfOneColumnAnEmptyLineIsACellUnlessItIsTheLast) {
  EXPECT_EQ(parse("a\n\nb\n\n"), (Rows{{"a"}, {""}, {"b"}}));
  EXPECT_EQ(parse("a\n\"\"\n"), (Rows{{"a"}, {""}}));
}

TEST(Csv, RaggedRows) {
  EXPECT_EQ(error("a,b,c\n1,2,3\n1,2\n"), "f: row 3, column 3: there is no such cell, but row 1 has 3");
  EXPECT_EQ(error("a,b,c\n1,2,3,4,5\n"), "f: row 2, column 4: a cell too many, as row 1 has 3");
  EXPECT_EQ(error("a,b\n\n1,2\n"), "f: row 2, column 2: there is no such cell, but row 1 has 2");
}

TEST(Csv, Quotes) {
  EXPECT_EQ(error("a,b\n1,\"2\n3,4\n"), "f: row 2, column 2: a quote is not closed");
  EXPECT_EQ(error("a\n\""), "f: row 2, column 1: a quote is not closed");
  EXPECT_EQ(error("a,b\n\"1\" ,2\n"), "f: row 2, column 1: text after the closing quote");
  EXPECT_EQ(error("a,b\n\"1\"\r,2\n"), "f: row 2, column 1: text after the closing quote");
  EXPECT_EQ(error("a,b\n1,6\"\n"), "f: row 2, column 2: a quote in a cell that does not begin with one");
}

TEST(Csv, WhatIsNoText) {
  EXPECT_EQ(error(std::string("a,b\n1,\0\n", 8)), "f: row 2, column 2: a NUL byte; a table is UTF-8 text");
  EXPECT_EQ(error(std::string("a,b\n1,\"\0\n", 9)), "f: row 2, column 2: a NUL byte; a table is UTF-8 text");
  EXPECT_EQ(error("a,b\n1,caf\xe9\n"), "f: row 2, column 2: is not UTF-8; save the table in that encoding");
  EXPECT_EQ(error("a,b\r1,2\r"), "f: row 1, column 2: a carriage return that no line feed follows");
}

TEST(Csv, ARowThatNeverEndsIsRefusedSoon) {
  const std::string problem = ": the row is longer than 1048576 bytes; is a quote not closed?";
  EXPECT_EQ(error("a,b\n1," + std::string(1 << 20, 'x')), "f: row 2, column 2" + problem);
  EXPECT_EQ(error("\"" + std::string(1 << 20, '\n')), "f: row 1, column 1" + problem);
  EXPECT_EQ(error(std::string(1 << 21, ',')), "f: row 1, column 1048577" + problem);

  EXPECT_EQ(parse(std::string((1 << 20) - 1, 'x') + "\n").size(), 1u) << "as long as may be";
  EXPECT_EQ(error(std::string(1 << 20, 'x') + "\n"), "f: row 1, column 1" + problem);

  const testing::TemporaryFolder folder;
  const std::string path = (folder / "t.csv").string();
  std::ofstream(path, std::ios::binary) << "a;b\n";
  EXPECT_EQ(read_csv(path, ';'), (Rows{{"a", "b"}}));
  std::ofstream(path, std::ios::binary) << std::string(2 << 20, 'x');
  std::filesystem::resize_file(path, std::uintmax_t{1} << 30);
  EXPECT_EQ(error_of<std::runtime_error>([&] { read_csv(path); }), path + ": row 1, column 1" + problem);
}

TEST(Csv, ManyLongRowsAreNoLongRow) {
  const std::string row = std::string(600'000, 'x') + '\n';
  EXPECT_EQ(parse(row + row + row).size(), 3u);
}

TEST(Csv, FilesThatCannotBeRead) {
  const testing::TemporaryFolder folder;
  const std::string path = (folder / "t.csv").string();
  EXPECT_EQ(error_of<std::runtime_error>([&] { read_csv(path); }), path + ": cannot read: No such file or directory");
  EXPECT_EQ(error_of<std::runtime_error>([&] { read_csv(folder.string()); }),
            folder.string() + ": cannot read: it is a folder");
}

TEST(Csv, WhatIsWrittenReadsTheSame) {
  const Rows rows = {{"a", "b,c", "say \"no\""}, {"", "two\nlines", "semi;colon"}, {"\r", " ", ""}};
  EXPECT_EQ(format_csv(rows), "a,\"b,c\",\"say \"\"no\"\"\"\n,\"two\nlines\",semi;colon\n\"\r\", ,\n");
  EXPECT_EQ(parse(format_csv(rows)), rows);
  EXPECT_EQ(parse(format_csv(rows, ';'), ';'), rows);
  EXPECT_EQ(parse(format_csv({{"a"}, {""}})), (Rows{{"a"}, {""}}));
  EXPECT_EQ(parse(format_csv({{"\xef\xbb\xbf"}})), Rows{{"\xef\xbb\xbf"}});
}

TEST(Standardization, ByMeanAndDeviation) {
  const Standardization s = standardization(std::vector<double>{1, 3, 5, 7});
  EXPECT_EQ(s.mean, 4);
  EXPECT_DOUBLE_EQ(s.deviation, std::sqrt(5.0));
  EXPECT_DOUBLE_EQ(s(6), 2 / std::sqrt(5.0));
  EXPECT_DOUBLE_EQ(s.undo(s(6)), 6);
}

TEST(Standardization, NumbersThatDoNotVaryBecomeZero) {
  EXPECT_EQ(standardization({})(3), 3);
  const Standardization s = standardization(std::vector<double>{0.1, 0.1, 0.1});
  EXPECT_EQ(s.deviation, 1);
  EXPECT_NEAR(s(0.1), 0, 1e-15);
  EXPECT_EQ(standardization(std::vector<double>{-0.1, -0.1, -0.1}).deviation, 1);
}

TEST(Standardization, NumbersThatVaryLittleForTheirSize) {
  const Standardization s = standardization(std::vector<double>{1.7e9, 1.7e9 + 0.001});
  EXPECT_NEAR(s(1.7e9), -1, 1e-3);
  EXPECT_NEAR(s(1.7e9 + 0.001), 1, 1e-3);
}

TEST(Standardization, NumbersTooLarge) {
  EXPECT_EQ(error_of([] {
              standardization(std::vector<double>{1e200, -1e200});
            }),
            "standardization: numbers too large: the sum of their squares is not finite");
}

}  // namespace
}  // namespace gradus
