// Which columns of a table are of use, and what separates them.
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

// Of all rows of the table.
Schema schema_of(const std::string& csv) {
  std::istringstream in(csv);
  const Table table = examples::tables::make_table(parse_csv(in, "f"), "f", true);
  Schema schema = examples::tables::find_kinds(table, "y", Task::by_column);
  std::vector<std::size_t> rows(table.rows.size());
  std::iota(rows.begin(), rows.end(), 0);
  learn_columns(schema, table, rows);
  return schema;
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
