#include <gradus/examples/command_line/arguments.h>

#include <algorithm>
#include <stdexcept>

namespace gradus_examples {

namespace {

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

std::string joined(const std::vector<std::string>& words) {  // "sgd|adam"
  std::string list;
  for (const std::string& word : words) list += (list.empty() ? "" : "|") + word;
  return list;
}

// The position of a word among those accepted.
std::size_t find_word(const std::string& flag, const std::vector<std::string>& words, const std::string& word) {
  const auto found = std::ranges::find(words, word);
  if (found == words.end()) throw UsageError(flag, "expected " + joined(words) + ", got \"" + word + "\"");
  return static_cast<std::size_t>(found - words.begin());
}

}  // namespace

Arguments::Arguments(std::string program, std::string description)
    : program_(std::move(program)), description_(std::move(description)) {}

void Arguments::section(std::string title) { section_ = std::move(title); }

void Arguments::add_choice(std::string_view flag, std::string_view help, std::string& value,
                           const std::vector<std::string>& words) {
  add_words(flag, help, words, value, [words, &value](std::size_t i) { value = words[i]; });
}

void Arguments::add_words(std::string_view flag, std::string_view help, const std::vector<std::string>& words,
                          const std::string& default_word, std::function<void(std::size_t)> choose) {
  add_option(
      {flag, joined(words), help, default_word}, {}, false,
      [words, choose](const Option& option, const std::string& word) { choose(find_word(option.flag, words, word)); });
}

void Arguments::add_flag(std::string_view flag, std::string_view help, bool& value) {
  add_option({flag, "", help, ""}, {}, false, [&value](const Option&, const std::string&) { value = true; });
}

void Arguments::add_positional(std::string_view name, std::string_view help, std::string& value,
                               const std::vector<std::string>& words, Presence presence) {
  Option& option = positionals_.emplace_back(name, joined(words), help, value);
  option.set = [&value, words](const Option& o, const std::string& word) {
    if (!words.empty()) find_word(o.flag, words, word);
    value = word;
  };
  option.presence = presence;
}

void Arguments::add_option(Option option, const Range& range, bool may_be_empty, Set set) {
  if (find(option.flag)) throw std::logic_error("Arguments: " + option.flag + " was added twice");
  option.limits = range.text() + (range.empty_list ? ", or \"\" for none" : "");
  option.section = section_;
  option.set = std::move(set);
  option.may_be_empty = may_be_empty;
  options_.push_back(std::move(option));
}

const Arguments::Option* Arguments::find(std::string_view flag) const {
  const auto found = std::ranges::find(options_, flag, &Option::flag);
  return found == options_.end() ? nullptr : &*found;
}

bool Arguments::given(std::string_view flag) const {
  const Option* option = find(flag);
  if (!option) throw std::logic_error("Arguments: " + std::string(flag) + " was never added");
  return option->given;
}

void Arguments::set_once(Option& option, const std::string& word) {
  if (option.given) throw UsageError(option.flag, "given twice");
  option.given = true;
  option.set(option, word);
}

std::string Arguments::nearest_flag(const std::string& unknown) const {
  const auto distance = [&](const std::string& flag) { return edit_distance(unknown, flag); };
  std::vector<std::string> known = {"--help"};
  for (const Option& option : options_) known.push_back(option.flag);
  const std::string& nearest = *std::ranges::min_element(known, {}, distance);
  return distance(nearest) <= unknown.size() / 3 + 1 ? nearest : "";  // farther ones are another word, not a slip
}

void Arguments::parse(int argc, const char* const* argv) {
  const std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  const auto end_of_flags = std::ranges::find(words, "--");
  if (std::any_of(words.begin(), end_of_flags, [](const auto& word) { return word == "--help" || word == "-h"; })) {
    throw HelpRequested{help()};
  }
  auto positional = positionals_.begin();
  for (auto word = words.begin(); word != words.end(); ++word) {
    if (word == end_of_flags) continue;
    if (word > end_of_flags || word->size() < 2 || word->front() != '-') {
      if (positional == positionals_.end()) throw UsageError("unexpected word \"" + *word + "\"");
      set_once(*positional++, *word);
      continue;
    }
    const std::size_t equals = word->find('=');
    const std::string flag = word->substr(0, equals);
    const auto option = std::ranges::find(options_, flag, &Option::flag);
    if (option == options_.end()) {
      const std::string nearest = nearest_flag(flag);
      throw UsageError(flag,
                       "unknown flag" + (nearest.empty() ? "; --help lists all" : ", did you mean " + nearest + "?"));
    }
    std::string value = equals == std::string::npos ? "" : word->substr(equals + 1);
    if (option->metavar.empty()) {
      if (equals != std::string::npos) throw UsageError(flag, "takes no value, got \"" + value + "\"");
    } else {
      const std::string needs = "needs a value (" + option->metavar + ")";
      if (equals == std::string::npos) {
        if (word + 1 == words.end() || word[1].starts_with("--")) throw UsageError(flag, needs);
        value = *++word;
      }
      if (value.empty() && !option->may_be_empty) throw UsageError(flag, needs + ", got \"\"");
    }
    set_once(*option, value);
  }
  if (positional != positionals_.end() && positional->presence == Presence::required) {
    throw UsageError("missing " + positional->flag);
  }
}

}  // namespace gradus_examples
