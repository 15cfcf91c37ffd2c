#include "targets.h"

#include <gradus/core/io/csv.h>
#include <gradus/core/io/json.h>

#include <sstream>
#include <stdexcept>

namespace gradus::fuzz {

void csv(std::string_view bytes) {
  const auto parse = [](std::string_view text, char delimiter) {
    std::istringstream in{std::string(text)};
    return parse_csv(in, "f", delimiter);
  };
  for (const char delimiter : {',', ';', '\t'}) {
    try {
      const std::vector<CsvRow> rows = parse(bytes, delimiter);
      for (const CsvRow& row : rows) {
        promise(!row.empty() && row.size() == rows[0].size());
        for (const std::string& cell : row) promise(is_utf8(cell) && cell.find('\0') == std::string::npos);
      }
      promise(parse(format_csv(rows, delimiter), delimiter) == rows);
    } catch (const std::runtime_error&) {
    }
  }
}

}  // namespace gradus::fuzz
