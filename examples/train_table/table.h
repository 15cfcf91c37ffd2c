// A table of text whose columns have names.
#pragma once

#include <gradus/core/io/csv.h>
#include <gradus/examples/base.h>

#include <optional>
#include <string_view>

namespace gradus::examples::tables {

struct Table {
  std::string name;  // of the file
  bool header;       // whether its first row has the columns' names
  std::vector<std::string> columns;
  std::vector<CsvRow> rows;

  // Without spaces around it; empty if it is missing: NA, NaN or nothing.
  std::string_view cell(std::size_t row, std::size_t column) const;
  std::optional<std::size_t> find(std::string_view column) const;
  std::string place(std::size_t row, std::size_t column) const;  // for errors: "f.csv: row 3, column 2 (Mass)"
};

// What separates the cells of a table with this first line: a comma, or where there is none a semicolon or a tab.
char delimiter_in(std::string_view first_line);

// A column without a name is called by its number, from 1. Throws std::runtime_error, one line, if there are no rows
// or two columns of one name.
Table make_table(std::vector<CsvRow> rows, const std::string& name, bool header);

}  // namespace gradus::examples::tables
