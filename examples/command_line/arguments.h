// The command line of the example programs, declared flag by flag:
//
//   Arguments arguments("train_mnist", "Trains an MLP with batch normalization on MNIST.");
//   int epochs = 10;
//   bool quiet = false;
//   arguments.add("--epochs", "N", "passes over the training set", epochs, range(0, 100000));
//   arguments.add_flag("--quiet", "print nothing", quiet);
//   arguments.parse(argc, argv);
//
// The value a variable has when it is added is its default and is shown by --help. Both "--epochs 5" and "--epochs=5"
// are understood; a value that itself begins with "--" needs the second form. "--" ends the flags.
#pragma once

#include <gradus/examples/command_line/parse_value.h>
#include <gradus/examples/command_line/program.h>

#include <cstddef>
#include <functional>
#include <string_view>
#include <utility>

namespace gradus_examples {

enum class Presence { required, optional };

class Arguments {
 public:
  Arguments(std::string program, std::string description);

  // Flags added from here on stand under this heading in --help.
  void section(std::string title);

  // A flag with a value: whatever parse_value knows. The variables must outlive parse(). Adding a flag twice throws
  // std::logic_error.
  template <class Value>
  void add(std::string_view flag, std::string_view metavar, std::string_view help, Value& value,
           const Range& range = {}) {
    // (Of an empty list parse_value says what was expected.)
    add_option({flag, metavar, help, value_text(value)}, range, std::is_same_v<Value, IntegerList>,
               [range, &value](const Option& o, const std::string& word) { parse_value(o.flag, word, range, value); });
  }

  // One of some words, each with the value that it stands for.
  template <class Value>
  void add_choice(std::string_view flag, std::string_view help, Value& value,
                  const std::vector<std::pair<std::string, Value>>& choices) {
    std::vector<std::string> words;
    std::size_t chosen = 0;
    for (const auto& [word, meaning] : choices) {
      if (meaning == value) chosen = words.size();
      words.push_back(word);
    }
    add_words(flag, help, words, words.at(chosen), [choices, &value](std::size_t i) { value = choices[i].second; });
  }
  void add_choice(std::string_view flag, std::string_view help, std::string& value,
                  const std::vector<std::string>& words);

  // A flag without a value; given, it sets its variable to true.
  void add_flag(std::string_view flag, std::string_view help, bool& value);

  // A word without a flag, in the order added; one of `words` unless they are empty.
  void add_positional(std::string_view name, std::string_view help, std::string& value,
                      const std::vector<std::string>& words = {}, Presence presence = Presence::required);

  // Throws HelpRequested where --help (or -h) is among the words, and UsageError on the first thing that is wrong: an
  // unknown flag (naming the nearest known one), a flag given twice, a missing value, a value that does not parse
  // whole or is out of range, an unexpected or missing word. run_program turns both into output and exit code.
  void parse(int argc, const char* const* argv);

  // Whether parse() has seen the flag. Throws std::logic_error for a flag that was never added.
  bool given(std::string_view flag) const;

  // What --help prints: at most 90 columns wide, ending in a line break.
  std::string help() const;

 private:
  struct Option {
    Option(std::string_view flag, std::string_view metavar, std::string_view help, std::string default_value)
        : flag(flag), metavar(metavar), help(help), default_value(std::move(default_value)) {}

    std::string flag;           // "--epochs", or the name of a positional word
    std::string metavar;        // empty for a flag without a value
    std::string help;           // one sentence without a full stop
    std::string default_value;  // as shown by --help; empty for none
    std::string limits = {};    // the accepted range, in words
    std::string section = {};
    std::function<void(const Option& option, const std::string& word)> set = {};
    Presence presence = Presence::optional;
    bool may_be_empty = false;  // "" is a value
    bool given = false;
  };
  using Set = decltype(Option::set);

  void add_option(Option option, const Range& range, bool may_be_empty, Set set);
  void add_words(std::string_view flag, std::string_view help, const std::vector<std::string>& words,
                 const std::string& default_word, std::function<void(std::size_t index)> choose);
  static void set_once(Option& option, const std::string& word);
  const Option* find(std::string_view flag) const;
  std::string nearest_flag(const std::string& unknown) const;

  std::string program_;
  std::string description_;
  std::string section_ = "Options";
  std::vector<Option> options_;
  std::vector<Option> positionals_;
};

}  // namespace gradus_examples
