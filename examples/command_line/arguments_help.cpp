// The text of --help: usage, description, and each section's flags in two aligned columns.
#include <gradus/examples/command_line/arguments.h>
#include <gradus/examples/command_line/format.h>

#include <algorithm>

namespace gradus_examples {

namespace {

constexpr std::size_t kWidth = 90;
constexpr std::size_t kWidestLeft = 28;  // a wider flag has its help on the next line

struct Row {
  std::string left;   // "--epochs N"
  std::string right;  // "passes over the training set (0 to 100000, default 10)"
};

void append_rows(std::string& text, const std::string& title, const std::vector<Row>& rows, std::size_t left_width) {
  if (rows.empty()) return;
  text += "\n" + title + ":\n";
  for (const Row& row : rows) {
    std::string line = "  " + row.left;
    const std::size_t column = 2 + left_width + 2;
    for (const std::string& part : wrap(row.right, kWidth - column)) {
      const std::size_t used = display_width(line);
      if (used > column - 2) {
        text += line + "\n";
        line.clear();
      }
      line.append(column - display_width(line), ' ');
      text += line + part + "\n";
      line.clear();
    }
  }
}

}  // namespace

std::string Arguments::help() const {
  const auto row = [](const Option& option) {
    std::string details = option.limits;
    if (!option.default_value.empty()) details += (details.empty() ? "" : ", ") + ("default " + option.default_value);
    return Row{option.flag + (option.metavar.empty() ? "" : " " + option.metavar),
               option.help + (details.empty() ? "" : " (" + details + ")")};
  };

  std::string usage = "usage: " + program_ + (options_.empty() ? "" : " [flags]");
  std::vector<Row> words;
  for (const Option& option : positionals_) {
    const bool required = option.presence == Presence::required;
    const std::string word = option.metavar.empty() ? option.flag : option.metavar;
    usage += required ? " " + word : " [" + word + "]";
    words.push_back(row(option));
  }

  std::vector<std::pair<std::string, std::vector<Row>>> sections;
  for (const Option& option : options_) {
    if (sections.empty() || sections.back().first != option.section) sections.push_back({option.section, {}});
    sections.back().second.push_back(row(option));
  }
  const Row help_row{"--help", "print this text"};
  if (sections.empty()) sections.push_back({"Options", {}});
  sections.back().second.push_back(help_row);

  std::size_t left_width = 0;
  const auto widen = [&](const std::vector<Row>& rows) {
    for (const Row& r : rows) {
      const std::size_t width = display_width(r.left);
      if (width <= kWidestLeft) left_width = std::max(left_width, width);
    }
  };
  widen(words);
  for (const auto& [title, rows] : sections) widen(rows);

  std::string text;
  for (const std::string& line : wrap(usage, kWidth)) text += line + "\n";
  text += "\n";
  for (const std::string& line : wrap(description_, kWidth)) text += line + "\n";
  append_rows(text, "Words", words, left_width);
  for (const auto& [title, rows] : sections) append_rows(text, title, rows, left_width);
  return text;
}

}  // namespace gradus_examples
