#include <gradus/examples/command_line/arguments.h>
#include <gradus/examples/command_line/program.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <new>
#include <sstream>
#include <string>
#include <vector>

namespace gradus::examples {
namespace {

enum class Shape { round, square };

// A program with a flag of every type.
struct Program {
  Program() : arguments("demo", "Shows every kind of flag that a program may have.") {
    arguments.section("Training");
    arguments.add("--epochs", "N", "passes over the training set", epochs, range(0, 100000));
    arguments.add("--steps", "N", "steps", steps, at_least(1));
    arguments.add("--seed", "N", "seed of all random numbers", seed);
    arguments.add("--lr", "X", "learning rate", lr, above(0));
    arguments.add("--dropout", "P", "share of values set to zero", dropout, range_below(0, 1));
    arguments.add("--decay", "X", "decay", decay, {.low = 0, .high = 1, .low_open = true, .high_open = true});
    arguments.add("--hidden", "N,N,...", "sizes of the hidden layers", hidden, or_none(range(1, 65536)));
    arguments.add("--sizes", "N,N,...", "sizes", sizes, at_least(1));
    arguments.section("Other");
    arguments.add("--data-dir", "DIR", "folder of IDX files", data_dir);
    arguments.add_choice("--optimizer", "how parameters are updated", optimizer, {"sgd", "adam", "adamw"});
    arguments.add_choice("--shape", "what to draw", shape, {{"round", Shape::round}, {"square", Shape::square}});
    arguments.add_flag("--quiet", "print nothing", quiet);
  }

  void parse(std::vector<const char*> words) {
    words.insert(words.begin(), "demo");
    arguments.parse(static_cast<int>(words.size()), words.data());
  }

  Arguments arguments;
  int epochs = 10;
  std::int64_t steps = 100;
  std::uint64_t seed = 1;
  double lr = 0.001;
  double dropout = 0;
  double decay = 0.5;
  std::vector<std::int64_t> hidden = {256, 128};
  std::vector<std::int64_t> sizes = {1};
  std::string data_dir;
  std::string optimizer = "adam";
  Shape shape = Shape::round;
  bool quiet = false;
};

// The message of the UsageError that the words cause.
std::string error_of(const std::vector<const char*>& words) {
  Program program;
  try {
    program.parse(words);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Arguments, ReadsEveryType) {
  Program program;
  program.parse({"--epochs", "3", "--steps=9000000000", "--seed", "18446744073709551615", "--lr", "1e-3", "--dropout=0",
                 "--decay", ".25", "--hidden", "512", "--sizes=1,2,3", "--data-dir", "/tmp/x=y", "--optimizer", "sgd",
                 "--shape=square", "--quiet"});
  EXPECT_EQ(program.epochs, 3);
  EXPECT_EQ(program.steps, 9000000000);
  EXPECT_EQ(program.seed, 18446744073709551615U);
  EXPECT_EQ(program.lr, 1e-3);
  EXPECT_EQ(program.dropout, 0);
  EXPECT_EQ(program.decay, 0.25);
  EXPECT_EQ(program.hidden, (std::vector<std::int64_t>{512}));
  EXPECT_EQ(program.sizes, (std::vector<std::int64_t>{1, 2, 3}));
  EXPECT_EQ(program.data_dir, "/tmp/x=y");
  EXPECT_EQ(program.optimizer, "sgd");
  EXPECT_EQ(program.shape, Shape::square);
  EXPECT_TRUE(program.quiet);
}

TEST(Arguments, DefaultsStayAndGivenTells) {
  Program program;
  program.parse({"--epochs", "10"});
  EXPECT_EQ(program.epochs, 10);
  EXPECT_EQ(program.hidden, (std::vector<std::int64_t>{256, 128}));
  EXPECT_FALSE(program.quiet);
  EXPECT_TRUE(program.arguments.given("--epochs"));
  EXPECT_FALSE(program.arguments.given("--lr"));
  EXPECT_THROW(program.arguments.given("--nothing"), std::logic_error);
}

TEST(Arguments, EmptyListWhereAllowed) {
  Program program;
  program.parse({"--hidden", ""});
  EXPECT_TRUE(program.hidden.empty());
  EXPECT_EQ(error_of({"--sizes="}), "--sizes: expected whole numbers separated by commas (at least 1), got \"\"");
}

TEST(Arguments, RefusesWhatIsNotAWholeNumber) {
  for (const std::string word :
       {"12x", "", " 5", "5 ", "1e3", "nan", "inf", "0x10", "3.0", "-1", "100001", "+-3", "99999999999999999999"}) {
    const std::string expected = word.empty() ? "--epochs: needs a value (N), got \"\""
                                              : "--epochs: expected a whole number (0 to 100000), got \"" + word + "\"";
    EXPECT_EQ(error_of({"--epochs", word.c_str()}), expected);
    EXPECT_EQ(error_of({("--epochs=" + word).c_str()}), expected);
  }
  EXPECT_EQ(error_of({"--steps", "0"}), "--steps: expected a whole number (at least 1), got \"0\"");
  EXPECT_EQ(error_of({"--seed", "-1"}), "--seed: expected a whole number (0 to 18446744073709551615), got \"-1\"");
  EXPECT_EQ(error_of({"--seed", "18446744073709551616"}),
            "--seed: expected a whole number (0 to 18446744073709551615), got \"18446744073709551616\"");
}

TEST(Arguments, AnIntHasItsOwnLimits) {
  Arguments arguments("demo", "");
  int n = 0;
  arguments.add("--n", "N", "any", n);
  const char* words[] = {"demo", "--n", "2147483648"};
  try {
    arguments.parse(3, words);
    FAIL() << "accepted";
  } catch (const UsageError& error) {
    EXPECT_STREQ(error.what(), "--n: expected a whole number (-2147483648 to 2147483647), got \"2147483648\"");
  }
}

TEST(Arguments, RefusesWhatIsNotANumber) {
  for (const std::string word : {"1.5", "nan", "NaN", "inf", "-inf", "1e400", "0x1p-3", " 0.5", "0.5 ", "0.5f", "1,5",
                                 "-0.1", "1", ".", "e5", "1e"}) {
    EXPECT_EQ(error_of({"--dropout", word.c_str()}),
              "--dropout: expected a number (at least 0, below 1), got \"" + word + "\"");
  }
  EXPECT_EQ(error_of({"--lr", "0"}), "--lr: expected a number (above 0), got \"0\"");
  EXPECT_EQ(error_of({"--decay", "1"}), "--decay: expected a number (above 0, below 1), got \"1\"");
}

TEST(Arguments, RefusesBrokenLists) {
  for (const std::string word : {"256,,128", ",", "256,", ",256", "256 128", "256, 128", "0", "-5", "65537", "a"}) {
    EXPECT_EQ(error_of({"--hidden", word.c_str()}),
              "--hidden: expected whole numbers separated by commas (1 to 65536), got \"" + word + "\"");
  }
}

TEST(Arguments, RefusesOtherWords) {
  EXPECT_EQ(error_of({"--optimizer", "Adam"}), "--optimizer: expected sgd|adam|adamw, got \"Adam\"");
  EXPECT_EQ(error_of({"--shape", "oval"}), "--shape: expected round|square, got \"oval\"");
}

TEST(Arguments, RefusesUnknownFlagsAndSuggests) {
  EXPECT_EQ(error_of({"--epoch", "3"}), "--epoch: unknown flag, did you mean --epochs?");
  EXPECT_EQ(error_of({"--optimiser=sgd"}), "--optimiser: unknown flag, did you mean --optimizer?");
  EXPECT_EQ(error_of({"-epochs"}), "-epochs: unknown flag, did you mean --epochs?");
  EXPECT_EQ(error_of({"--halp"}), "--halp: unknown flag, did you mean --help?");
  EXPECT_EQ(error_of({"--weights-and-biases"}), "--weights-and-biases: unknown flag; --help lists all");
}

TEST(Arguments, OfEquallyNearFlagsTheFirstIsSuggested) {
  bool first = false, second = false;
  Arguments arguments("demo", "Demonstrates.");
  arguments.add_flag("--ab", "one", first);
  arguments.add_flag("--ac", "another", second);
  const char* words[] = {"demo", "--ad"};
  try {
    arguments.parse(2, words);
    FAIL() << "accepted";
  } catch (const UsageError& error) {
    EXPECT_STREQ(error.what(), "--ad: unknown flag, did you mean --ab?");
  }
}

TEST(Arguments, RefusesMissingSuperfluousAndRepeatedValues) {
  EXPECT_EQ(error_of({"--epochs"}), "--epochs: needs a value (N)");
  EXPECT_EQ(error_of({"--epochs", "--quiet"}), "--epochs: needs a value (N)");
  EXPECT_EQ(error_of({"--data-dir="}), "--data-dir: needs a value (DIR), got \"\"");
  EXPECT_EQ(error_of({"--quiet=yes"}), "--quiet: takes no value, got \"yes\"");
  EXPECT_EQ(error_of({"--epochs", "3", "--epochs=3"}), "--epochs: given twice");
  EXPECT_EQ(error_of({"--quiet", "--quiet"}), "--quiet: given twice");
  EXPECT_EQ(error_of({"--quiet", "yes"}), "unexpected word \"yes\"");
  EXPECT_EQ(error_of({"--", "--quiet"}), "unexpected word \"--quiet\"");
}

TEST(Arguments, PositionalWords) {
  const auto run = [](std::vector<const char*> words, std::string& what, std::string& file) {
    Arguments arguments("benchmark", "Measures.");
    arguments.add_positional("what", "what to measure", what, {"gemm", "step", "all"}, Presence::optional);
    arguments.add_positional("file", "where to", file, {}, Presence::optional);
    words.insert(words.begin(), "benchmark");
    arguments.parse(static_cast<int>(words.size()), words.data());
  };
  std::string what = "all";
  std::string file;
  run({}, what, file);
  EXPECT_EQ(what, "all");
  run({"gemm", "--", "--odd"}, what, file);
  EXPECT_EQ(what, "gemm");
  EXPECT_EQ(file, "--odd");
  run({"gemm", "-"}, what, file);
  EXPECT_EQ(file, "-") << "a lone dash is a word";
  try {
    run({"gem"}, what, file);
    FAIL() << "accepted";
  } catch (const UsageError& error) {
    EXPECT_STREQ(error.what(), "what: expected gemm|step|all, got \"gem\"");
  }

  Arguments required("convert", "Converts.");
  required.add_positional("FILE", "the file", file);
  const char* words[] = {"convert"};
  try {
    required.parse(1, words);
    FAIL() << "accepted";
  } catch (const UsageError& error) {
    EXPECT_STREQ(error.what(), "missing FILE");
  }
}

TEST(Arguments, AddingAFlagTwiceIsAMistakeOfTheProgram) {
  Program program;
  bool again = false;
  EXPECT_THROW(program.arguments.add_flag("--quiet", "", again), std::logic_error);
}

TEST(Help, ListsEverythingAligned) {
  EXPECT_EQ(Program().arguments.help(),
            "usage: demo [flags]\n"
            "\n"
            "Shows every kind of flag that a program may have.\n"
            "\n"
            "Training:\n"
            "  --epochs N                  passes over the training set (0 to 100000, default 10)\n"
            "  --steps N                   steps (at least 1, default 100)\n"
            "  --seed N                    seed of all random numbers (default 1)\n"
            "  --lr X                      learning rate (above 0, default 0.001)\n"
            "  --dropout P                 share of values set to zero (at least 0, below 1, default 0)\n"
            "  --decay X                   decay (above 0, below 1, default 0.5)\n"
            "  --hidden N,N,...            sizes of the hidden layers (1 to 65536, or \"\" for none,\n"
            "                              default 256,128)\n"
            "  --sizes N,N,...             sizes (at least 1, default 1)\n"
            "\n"
            "Other:\n"
            "  --data-dir DIR              folder of IDX files\n"
            "  --optimizer sgd|adam|adamw  how parameters are updated (default adam)\n"
            "  --shape round|square        what to draw (default round)\n"
            "  --quiet                     print nothing\n"
            "  --help                      print this text\n");
}

TEST(Help, WrapsLongTextsAndNamesWords) {
  Arguments arguments("benchmark",
                      "Measures how fast the parts of the library are, with warm-up, repeated calls, best "
                      "and median.");
  std::string what = "all";
  bool flag = false;
  arguments.add_positional("what", "what to measure", what, {"gemm", "all"}, Presence::optional);
  arguments.add_flag("--a-flag-with-a-very-long-name", "has its help on a line of its own", flag);
  const std::string help = arguments.help();
  EXPECT_NE(help.find("usage: benchmark [flags] [gemm|all]\n"), std::string::npos) << help;
  EXPECT_NE(help.find("\n  --a-flag-with-a-very-long-name\n"), std::string::npos) << help;
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 90U) << line;
    EXPECT_TRUE(line.empty() || line.back() != ' ') << line;
  }
}

TEST(Help, WinsOverErrors) {
  for (const std::vector<const char*>& words :
       {std::vector<const char*>{"--help"}, {"-h"}, {"--epochs", "x", "--help"}, {"--unknown", "--help"}}) {
    EXPECT_THROW(Program().parse(words), HelpRequested);
  }
  EXPECT_EQ(error_of({"--", "--help"}), "unexpected word \"--help\"");
}

}  // namespace
}  // namespace gradus::examples
