#include <gradus/core/error.h>
#include <gradus/core/io/csv.h>
#include <gradus/core/io/file.h>
#include <gradus/core/io/json.h>

#include <algorithm>
#include <fstream>

namespace gradus_base {
namespace {

constexpr std::size_t longest_row = 1 << 20;  // bytes
constexpr int at_end = std::char_traits<char>::eof();
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

class CsvReader {
 public:
  CsvReader(std::istream& in, const std::string& name, char delimiter)
      : bytes_(*in.rdbuf()), name_(name), delimiter_(static_cast<unsigned char>(delimiter)) {}

  std::vector<CsvRow> rows() {
    std::vector<CsvRow> rows;
    std::size_t empty = 0;  // lines at the end
    while (bytes_.sgetc() != at_end) {
      rows.push_back(row());
      empty = empty_ ? empty + 1 : 0;
    }
    rows.resize(rows.size() - empty);
    for (row_ = 1; row_ <= rows.size(); ++row_) check_width(rows[row_ - 1].size(), rows[0].size());
    return rows;
  }

 private:
  template <class... Parts>
  [[noreturn]] void refuse(const Parts&... problem) const {
    throw std::runtime_error(text(name_, ": row ", row_, ", column ", column_, ": ", problem...));
  }

  void check_width(std::size_t cells, std::size_t expected) {
    column_ = std::min(cells, expected) + 1;
    if (cells < expected) refuse("there is no such cell, but row 1 has ", expected);
    if (cells > expected) refuse("a cell too many, as row 1 has ", expected);
  }

  CsvRow row() {
    ++row_;
    column_ = size_ = 0;
    CsvRow cells;
    int after;
    do {
      ++column_;
      after = cell(cells.emplace_back());
      if (!is_utf8(cells.back())) refuse("is not UTF-8; save the table in that encoding");
    } while (after == delimiter_);
    return cells;
  }

  // Returns what ended the cell: the delimiter, '\n' or the end.
  int cell(std::string& cell) {
    int byte = next();
    empty_ = column_ == 1 && (byte == '\n' || (byte == '\r' && bytes_.sgetc() == '\n'));
    if (byte == '"') {
      while ((byte = next()) != '"' || (byte = next()) == '"') {
        if (byte == at_end) refuse("a quote is not closed");
        cell += static_cast<char>(byte);
      }
      if (byte == '\r' && bytes_.sgetc() == '\n') byte = next();
      if (!ends_cell(byte)) refuse("text after the closing quote");
      return byte;
    }
    for (; !ends_cell(byte); byte = next()) {
      if (byte == '"') refuse("a quote in a cell that does not begin with one");
      if (byte == '\r' && bytes_.sgetc() == '\n') continue;
      if (byte == '\r') refuse("a carriage return that no line feed follows");
      cell += static_cast<char>(byte);
    }
    return byte;
  }

  bool ends_cell(int byte) const { return byte == delimiter_ || byte == '\n' || byte == at_end; }

  int next() {
    const int byte = bytes_.sbumpc();
    if (byte == 0) refuse("a NUL byte; a table is UTF-8 text");
    if (++size_ > longest_row) refuse("the row is longer than ", longest_row, " bytes; is a quote not closed?");
    return byte;
  }

  std::streambuf& bytes_;
  const std::string& name_;
  const int delimiter_;
  std::size_t row_ = 0, column_ = 0;  // that are being read
  std::size_t size_ = 0;              // of the row so far, in bytes
  bool empty_ = false;                // the row is an empty line
};

}  // namespace

std::vector<CsvRow> parse_csv(std::istream& in, const std::string& name, char delimiter) {
  std::string start(byte_order_mark.size(), ' ');
  in.read(start.data(), static_cast<std::streamsize>(start.size()));
  if (start != byte_order_mark) {
    in.clear();
    in.seekg(0);
  }
  return CsvReader(in, name, delimiter).rows();
}

std::vector<CsvRow> read_csv(const std::string& path, char delimiter) {
  std::ifstream file = open_file(path);
  return parse_csv(file, path, delimiter);
}

std::string format_csv(const std::vector<CsvRow>& rows, char delimiter) {
  const std::string special = std::string("\"\r\n") + delimiter;
  std::string csv;
  for (const CsvRow& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) csv += delimiter;
      // What would be passed over is quoted too: an empty line, a byte-order mark.
      const bool passed_over = (row.size() == 1 && row[i].empty()) || row[i].starts_with(byte_order_mark);
      if (row[i].find_first_of(special) == std::string::npos && !passed_over) {
        csv += row[i];
        continue;
      }
      csv += '"';
      for (const char c : row[i]) csv += c == '"' ? std::string("\"\"") : std::string(1, c);
      csv += '"';
    }
    csv += '\n';
  }
  return csv;
}

}  // namespace gradus_base
