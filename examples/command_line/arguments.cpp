#include <gradus/examples/command_line/arguments.h>
#include <gradus/examples/command_line/format.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace gradus_examples {

namespace {

std::string join(const std::vector<std::string>& words, const std::string& separator) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : separator) + word;
  return text;
}

// Whichever of the range's limits and the type's is the narrower.
Range within_int(Range range) {
  range.low = std::max<double>(range.low, std::numeric_limits<int>::min());
  range.high = std::min<double>(range.high, std::numeric_limits<int>::max());
  return range;
}

// The position of a word among those accepted.
std::size_t find_word(const std::string& name, const std::vector<std::string>& words, const std::string& word) {
  const auto found = std::find(words.begin(), words.end(), word);
  if (found == words.end()) throw UsageError(name, "expected " + join(words, "|") + ", got \"" + word + "\"");
  return static_cast<std::size_t>(found - words.begin());
}

// Levenshtein's distance: the least number of letters to insert, delete or replace.
std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);  // row[j]: distance of a's first i letters to b's first j
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

bool looks_like_flag(const std::string& word) { return word.size() > 1 && word[0] == '-'; }

}  // namespace

Arguments::Arguments(std::string program, std::string description)
    : program_(std::move(program)), description_(std::move(description)) {}

void Arguments::section(std::string title) { section_ = std::move(title); }

void Arguments::add(const std::string& flag, const std::string& metavar, const std::string& help, int& value,
                    const Range& range) {
  add_option({flag, metavar, help, range.text(), std::to_string(value),
              [flag, &value, limits = within_int(range)](const std::string& word) {
                value = static_cast<int>(parse_integer(flag, word, limits));
              }});
}

void Arguments::add(const std::string& flag, const std::string& metavar, const std::string& help, std::int64_t& value,
                    const Range& range) {
  add_option({flag, metavar, help, range.text(), std::to_string(value),
              [flag, &value, range](const std::string& word) { value = parse_integer(flag, word, range); }});
}

void Arguments::add(const std::string& flag, const std::string& metavar, const std::string& help,
                    std::uint64_t& value) {
  add_option({flag, metavar, help, "", std::to_string(value),
              [flag, &value](const std::string& word) { value = parse_unsigned(flag, word); }});
}

void Arguments::add(const std::string& flag, const std::string& metavar, const std::string& help, double& value,
                    const Range& range) {
  add_option({flag, metavar, help, range.text(), format_number(value),
              [flag, &value, range](const std::string& word) { value = parse_real(flag, word, range); }});
}

void Arguments::add(const std::string& flag, const std::string& metavar, const std::string& help, std::string& value) {
  add_option({flag, metavar, help, "", value, [&value](const std::string& word) { value = word; }});
}

void Arguments::add(const std::string& flag, const std::string& metavar, const std::string& help,
                    std::vector<std::int64_t>& value, const Range& range, EmptyList empty) {
  std::vector<std::string> numbers;
  for (const std::int64_t number : value) numbers.push_back(std::to_string(number));
  Option option{
      flag,
      metavar,
      help,
      "",
      value.empty() ? "\"\"" : join(numbers, ","),
      [flag, &value, range, empty](const std::string& word) { value = parse_list(flag, word, range, empty); }};
  option.limits = range.text() + (empty == EmptyList::allowed ? ", or \"\" for none" : "");
  option.may_be_empty = true;  // so that parse_list says what was expected
  add_option(std::move(option));
}

void Arguments::add_choice(const std::string& flag, const std::string& help, std::string& value,
                           const std::vector<std::string>& words) {
  add_words(flag, help, value, words, [words, &value](std::size_t index) { value = words[index]; });
}

void Arguments::add_words(const std::string& flag, const std::string& help, const std::string& default_word,
                          const std::vector<std::string>& words, std::function<void(std::size_t)> choose) {
  add_option(
      {flag, join(words, "|"), help, "", default_word,
       [flag, words, choose = std::move(choose)](const std::string& word) { choose(find_word(flag, words, word)); }});
}

void Arguments::add_flag(const std::string& flag, const std::string& help, bool& value) {
  add_option({flag, "", help, "", "", [&value](const std::string&) { value = true; }});
}

void Arguments::add_positional(const std::string& name, const std::string& help, std::string& value,
                               const std::vector<std::string>& words, Presence presence) {
  Option option{name, join(words, "|"), help, "", value, [name, &value, words](const std::string& word) {
                  if (!words.empty()) find_word(name, words, word);
                  value = word;
                }};
  option.presence = presence;
  positionals_.push_back(std::move(option));
}

void Arguments::add_option(Option option) {
  if (find(option.flag) != nullptr) throw std::logic_error("Arguments: " + option.flag + " was added twice");
  option.section = section_;
  options_.push_back(std::move(option));
}

const Arguments::Option* Arguments::find(std::string_view flag) const {
  const auto found =
      std::find_if(options_.begin(), options_.end(), [&](const Option& option) { return option.flag == flag; });
  return found == options_.end() ? nullptr : &*found;
}

bool Arguments::given(std::string_view flag) const {
  const Option* option = find(flag);
  if (option == nullptr) throw std::logic_error("Arguments: " + std::string(flag) + " was never added");
  return option->given;
}

void Arguments::set_once(Option& option, const std::string& word) {
  if (option.given) throw UsageError(option.flag, "given twice");
  option.given = true;
  option.set(word);
}

std::string Arguments::nearest_flag(const std::string& unknown) const {
  std::string nearest;
  std::size_t least = unknown.size() / 3 + 1;  // farther ones are another word, not a slip
  std::vector<std::string> known = {"--help"};
  for (const Option& option : options_) known.push_back(option.flag);
  for (const std::string& flag : known) {
    const std::size_t distance = edit_distance(unknown, flag);
    if (distance < least || (distance == least && nearest.empty())) {
      least = distance;
      nearest = flag;
    }
  }
  return nearest;
}

void Arguments::parse(int argc, const char* const* argv) {
  const std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  for (const std::string& word : words) {
    if (word == "--") break;
    if (word == "--help" || word == "-h") throw HelpRequested{help()};
  }
  bool flags_ended = false;
  std::size_t positional = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (!flags_ended && word == "--") {
      flags_ended = true;
      continue;
    }
    if (flags_ended || !looks_like_flag(word)) {
      if (positional == positionals_.size()) throw UsageError("unexpected word \"" + word + "\"");
      set_once(positionals_[positional++], word);
      continue;
    }

    const std::size_t equals = word.find('=');
    const std::string flag = word.substr(0, equals);
    const auto found =
        std::find_if(options_.begin(), options_.end(), [&](const Option& option) { return option.flag == flag; });
    if (found == options_.end()) {
      const std::string nearest = nearest_flag(flag);
      throw UsageError(flag,
                       "unknown flag" + (nearest.empty() ? "; --help lists all" : ", did you mean " + nearest + "?"));
    }
    Option& option = *found;
    if (option.metavar.empty()) {
      if (equals != std::string::npos)
        throw UsageError(flag, "takes no value, got \"" + word.substr(equals + 1) + "\"");
      set_once(option, "");
      continue;
    }
    std::string value;
    if (equals != std::string::npos) {
      value = word.substr(equals + 1);
    } else if (i + 1 == words.size() || words[i + 1].starts_with("--")) {
      throw UsageError(flag, "needs a value (" + option.metavar + ")");
    } else {
      value = words[++i];
    }
    if (value.empty() && !option.may_be_empty)
      throw UsageError(flag, "needs a value (" + option.metavar + "), got \"\"");
    set_once(option, value);
  }
  if (positional < positionals_.size() && positionals_[positional].presence == Presence::required) {
    throw UsageError("missing " + positionals_[positional].flag);
  }
}

}  // namespace gradus_examples
