#include <gradus/core/error.h>
#include <gradus/examples/train_table/table.h>

#include <algorithm>

namespace gradus::examples::tables {
namespace {

std::string_view trimmed(std::string_view cell) {
  const std::size_t first = std::min(cell.find_first_not_of(" \t"), cell.size());
  return cell.substr(first, cell.find_last_not_of(" \t") + 1 - first);
}

}  // namespace

std::string_view Table::cell(std::size_t row, std::size_t column) const {
  const std::string_view text = trimmed(rows[row][column]);
  return text == "NA" || text == "NaN" || text == "nan" ? std::string_view() : text;
}

std::optional<std::size_t> Table::find(std::string_view column) const {
  const auto found = std::ranges::find(columns, column);
  if (found == columns.end()) return std::nullopt;
  return found - columns.begin();
}

std::string Table::place(std::size_t row, std::size_t column) const {
  return text(name, ": row ", row + (header ? 2 : 1), ", column ", column + 1,
              header ? " (" + columns[column] + ")" : "");
}

char delimiter_in(std::string_view first_line) {
  for (const char delimiter : {',', ';', '\t'}) {
    if (first_line.find(delimiter) != std::string_view::npos) return delimiter;
  }
  return ',';
}

Table make_table(std::vector<CsvRow> rows, const std::string& name, bool header) {
  if (rows.size() <= (header ? 1 : 0)) {
    throw std::runtime_error(name + (rows.empty() ? ": is empty" : ": row 1 is a header, and there are no rows below"));
  }
  Table table = {name, header, {}, {}};
  for (std::size_t i = 0; i < rows[0].size(); ++i) {
    std::string column(header ? trimmed(rows[0][i]) : "");
    if (column.empty()) column = std::to_string(i + 1);
    if (const auto before = table.find(column)) {
      throw std::runtime_error(
          text(name, ": row 1, column ", i + 1, ": \"", column, "\" is the name of column ", *before + 1, " too"));
    }
    table.columns.push_back(column);
  }
  if (header) rows.erase(rows.begin());
  table.rows = std::move(rows);
  return table;
}

}  // namespace gradus::examples::tables
