// The text of --help: usage, description, and each section's flags in two aligned columns.
#include <gradus/examples/command_line/arguments.h>
#include <gradus/examples/command_line/format.h>

#include <algorithm>

namespace gradus_examples {

namespace {

constexpr std::size_t kWidth = 90;
constexpr std::size_t kWidestLeft = 28;  // a wider flag has its help on the next line

struct Row {
  std::string section;
  std::string left;   // "--epochs N"
  std::string right;  // "passes over the training set (0 to 100000, default 10)"
};

}  // namespace

std::string Arguments::help() const {
  std::vector<Row> rows;
  const auto add_row = [&](const std::string& section, const Option& option) {
    std::string details = option.limits;
    if (!option.default_value.empty()) details += (details.empty() ? "" : ", ") + ("default " + option.default_value);
    rows.push_back({section, option.flag + (option.metavar.empty() ? "" : " " + option.metavar),
                    option.help + (details.empty() ? "" : " (" + details + ")")});
  };
  std::string usage = "usage: " + program_ + (options_.empty() ? "" : " [flags]");
  for (const Option& option : positionals_) {
    const std::string word = option.metavar.empty() ? option.flag : option.metavar;
    usage += option.presence == Presence::required ? " " + word : " [" + word + "]";
    add_row("Words", option);
  }
  for (const Option& option : options_) add_row(option.section, option);
  rows.push_back({options_.empty() ? "Options" : options_.back().section, "--help", "print this text"});

  std::size_t left_width = 0;
  for (const Row& row : rows) {
    if (const std::size_t width = display_width(row.left); width <= kWidestLeft)
      left_width = std::max(left_width, width);
  }
  std::string text;
  for (const std::string& line : wrap(usage, kWidth)) text += line + "\n";
  text += "\n";
  for (const std::string& line : wrap(description_, kWidth)) text += line + "\n";
  std::string section;
  for (const Row& row : rows) {
    if (row.section != section) text += "\n" + row.section + ":\n";
    section = row.section;
    std::string line = "  " + row.left;
    const std::size_t column = 2 + left_width + 2;
    for (const std::string& part : wrap(row.right, kWidth - column)) {
      if (display_width(line) > column - 2) {
        text += line + "\n";
        line.clear();
      }
      text += pad(line, column) + part + "\n";
      line.clear();
    }
  }
  return text;
}

}  // namespace gradus_examples
