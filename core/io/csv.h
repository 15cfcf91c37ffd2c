// CSV (RFC 4180): a table as text, a row a line, read strictly.
//
//   Species,Island,Mass           cells are separated by commas or another delimiter;
//   Adelie,"Biscoe, west",3750    in quotes a cell may have delimiters, line breaks, and quotes, each written twice
//
// Lines end in LF or CR LF, the last one perhaps in neither. A byte-order mark at the start and empty lines at the end
// are ignored. Text is UTF-8.
#pragma once

#include <gradus/core/base.h>

#include <iosfwd>
#include <string>
#include <vector>

namespace gradus_base {

using CsvRow = std::vector<std::string>;

// All rows, with equally many cells. Throw std::runtime_error, one line: "name: row 3, column 2: a quote is not
// closed"; rows and columns are counted from 1, and a header is a row. A row that is longer than a megabyte is refused
// where it becomes so, as is a NUL byte, before the rest is read.
std::vector<CsvRow> parse_csv(std::istream& in, const std::string& name, char delimiter = ',');
std::vector<CsvRow> read_csv(const std::string& path, char delimiter = ',');

// Rows as text, with quotes where they are needed; parse_csv reads the same again.
std::string format_csv(const std::vector<CsvRow>& rows, char delimiter = ',');

}  // namespace gradus_base
