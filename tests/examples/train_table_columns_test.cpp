// What train_table takes columns for: which are of use, what separates them, and the numbers that they become.
#include "error_of.h"
#include "examples/run_program.h"
#include "temporary_folder.h"

#include <gradus/core/error.h>
#include <gradus/core/io/file.h>
#include <gradus/examples/train_table/schema.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <sstream>

namespace gradus::testing {
namespace {

using examples::tables::Kind;
using examples::tables::Schema;
using examples::tables::Table;
using examples::tables::Task;
using ::testing::HasSubstr;

Table table_of(const std::string& csv, bool header = true) {
  std::istringstream in(csv);
  return examples::tables::make_table(parse_csv(in, "f"), "f", header);
}

std::vector<std::size_t> all_rows(const Table& table) {
  std::vector<std::size_t> rows(table.rows.size());
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

Schema schema_of(const Table& table, const std::string& target, Task task = Task::by_column) {
  Schema schema = examples::tables::find_kinds(table, target, task);
  learn_columns(schema, table, all_rows(table));
  return schema;
}

Schema schema_of(const std::string& csv) { return schema_of(table_of(csv), "y"); }

TEST(TableSchema, CellsBecomeNumbers) {
  const Table table = table_of("n,c,id,void,y\n1,b,k1,,no\n,\ta \t,k2,NA,yes\n3,,k3,,no\n2,b,k4,,yes\n");
  const Schema schema = schema_of(table, "y");
  EXPECT_TRUE(schema.classification());
  EXPECT_EQ(schema.columns[0].kind, Kind::number);
  EXPECT_EQ(schema.columns[0].standard.mean, 2);
  EXPECT_EQ(schema.columns[1].categories, (std::vector<std::string>{"", "a", "b"}));
  EXPECT_EQ(schema.columns[2].kind, Kind::unused);  // a text of its own in every row
  EXPECT_EQ(schema.columns[3].kind, Kind::unused);  // no text at all
  EXPECT_EQ(schema.to_learn().categories, (std::vector<std::string>{"no", "yes"}));
  EXPECT_EQ(labels(schema, table, all_rows(table)), (std::vector<std::int32_t>{0, 1, 0, 1}));
  const auto z = static_cast<Scalar>(schema.columns[0].standard(3));
  EXPECT_EQ(encode(schema, table, all_rows(table)), Tensor({4, 5}, {-z, 0, 0, 0, 1,  //
                                                                    0,  1, 0, 1, 0,  // missing: the mean, and a mark
                                                                    z,  0, 1, 0, 0,  //
                                                                    0,  0, 0, 0, 1}));
  // New rows: other columns in another order, without the target; a category that is unknown; a number far away.
  const Table other = table_of("x,c,n\nq,new,1e300\nq,a,NaN\n");
  EXPECT_EQ(encode(schema, other, all_rows(other)), Tensor({2, 5}, {1e6, 0, 0, 0, 0, 0, 1, 0, 1, 0}));
}

TEST(TableSchema, Tasks) {
  const Table table = table_of("x,y\n1,10\n2,9\n3,10\n4,1\n");
  const Schema number = schema_of(table, "y");
  EXPECT_FALSE(number.classification());
  EXPECT_EQ(number.outputs(), 1);
  EXPECT_NEAR(number.to_learn().standard.undo(numbers(number, table, {1}).item()), 9, 1e-5);
  const Schema classes = schema_of(table, "y", Task::classification);
  EXPECT_EQ(classes.to_learn().categories, (std::vector<std::string>{"1", "9", "10"}));  // by size
  const Schema mixed = schema_of(table_of("x,y\n1,10\n2,9\n3,a\n4,10\n"), "y");
  EXPECT_EQ(mixed.to_learn().categories, (std::vector<std::string>{"10", "9", "a"}));  // one is no number: as texts
}

TEST(TableSchema, WithoutHeaderColumnsAreCounted) {
  const Table table = table_of("1,a,5\n2,b,6\n3,a,7\n", false);
  EXPECT_EQ(table.columns, (std::vector<std::string>{"1", "2", "3"}));
  const Schema schema = schema_of(table, "2");
  const Tensor x = encode(schema, table, {1});
  const Table without = table_of("2,6\n", false);
  EXPECT_EQ(encode(schema, without, {0}), x);
  const Table more = table_of("2,b,6,7\n", false);
  EXPECT_EQ(error_of<std::runtime_error>([&] { encode(schema, more, {0}); }),
            "f: row 1 has 4 cells; where the network was trained, there were 3");
}

TEST(TableSchema, IsWrittenAndRead) {
  const Schema schema = schema_of(table_of("n,c,id,y\n0.1,b,k1,no\n,\"\"\"\xc3\xa9,\",k2,yes\n3,b,k3,no\n"), "y");
  const std::string json = schema_json(schema).str();
  const Schema again = examples::tables::parse_schema(json);
  EXPECT_EQ(schema_json(again).str(), json);
  EXPECT_EQ(again.columns[0].standard.deviation, schema.columns[0].standard.deviation);
  const auto error = [](const std::string& text) {
    return error_of<std::runtime_error>([&] { examples::tables::parse_schema(text); });
  };
  EXPECT_EQ(error("{}"), "the description of its columns has no \"header\"");
  EXPECT_EQ(error("{\"header\": 1}"), "the description of its columns has a wrong \"header\"");
  EXPECT_EQ(error("{\"header\": true, \"target\": 1, \"columns\": []}"), "its target is column 1 of 0");
  std::string flat = json;
  flat.insert(flat.find("\"deviation\": ") + 13, "-");
  EXPECT_EQ(error(flat), "a deviation is not positive");
  for (std::size_t length = 0; length < json.size(); ++length) EXPECT_NE(error(json.substr(0, length)), "no error");
}

TEST(TableColumns, WhatIsTheSameInAllRowsIsLeftOut) {
  const Schema schema = schema_of("number,text,known,y\n7,a,7,1\n7,a,,2\n7.0,a,7,3\n");
  EXPECT_EQ(schema.columns[0].kind, Kind::unused);
  EXPECT_EQ(schema.columns[1].kind, Kind::unused);
  EXPECT_EQ(schema.columns[2].kind, Kind::number) << "whether it is known tells the rows apart";
  EXPECT_EQ(schema.inputs(), 2);
  EXPECT_THAT(describe(schema), HasSubstr("number   left out: the same in all rows, or something else in each\n"));
  EXPECT_EQ(error_of<std::runtime_error>([] { schema_of("number,text,y\n7,a,1\n7,b,2\n"); }),
            "f: there is no column from which y could be learned: all others are the same in all rows, or something "
            "else in each");
}

// Of the columns the one with the most texts is to blame.
TEST(TableColumns, TooManyTextsAreRefused) {
  std::string csv = "few,many,y\n";
  for (int i = 0; i < 16500; ++i) csv += text(i % 2 ? "a," : "b,", 't', i % 16499, ',', i, '\n');
  EXPECT_EQ(error_of<std::runtime_error>([&] { schema_of(csv); }),
            "f: column 2 (many): 16499 different texts make too many inputs");
}

TEST(TableColumns, TheFirstLineSaysWhatSeparatesThem) {
  using examples::tables::delimiter_in;
  EXPECT_EQ(delimiter_in("a,b;c\td"), ',');
  EXPECT_EQ(delimiter_in("a b;c\td"), ';');
  EXPECT_EQ(delimiter_in("a b\tc"), '\t');
  EXPECT_EQ(delimiter_in("a"), ',');
}

// As spreadsheets of many countries write it, with a byte-order mark; new rows are read and written the same way.
TEST(TableColumns, SemicolonsAreTakenAsTheyCome) {
  const TemporaryFolder folder;
  const std::string table = (folder / "t.csv").string(), network = (folder / "n.st").string();
  std::string csv =
      "\xef\xbb\xbf"
      "a;b;y\r\n";
  for (int i = 0; i < 30; ++i)
    csv += std::to_string(i) + ";\"1 ; " + std::to_string(i % 3) + (i % 2 ? "\";yes\r\n" : "\";no\r\n");
  write_file(table, csv);
  const Outcome trained = run_program("train_table " + table + " --epochs 2 --save " + network);
  EXPECT_EQ(trained.exit_code, 0) << trained.errors;
  EXPECT_THAT(trained.output, HasSubstr("one of 3 categories: 1 ; 0, 1 ; 1, 1 ; 2"));
  const Outcome predicted = run_program("train_table --load " + network + " --predict " + table);
  EXPECT_THAT(predicted.output, HasSubstr("a;b;y;predicted y;probability\n0;\"1 ; 0\";no;"));
  const Outcome refused = run_program("train_table " + table + " --delimiter ,");
  EXPECT_THAT(refused.errors, HasSubstr("row 2, column 1: a quote in a cell that does not begin with one"));
}

}  // namespace
}  // namespace gradus::testing
