// train_table as a user meets it.
#include "examples/run_program.h"

#include <gradus/core/io/safetensors.h>
#include <gradus/examples/train_table/schema.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>

namespace gradus::testing {
namespace {

using ::testing::HasSubstr;

class TrainTable : public ::testing::Test {
 protected:
  std::string path(const std::string& name) { return (folder_ / name).string(); }
  std::string write(const std::string& name, const std::string& bytes) {
    std::ofstream(path(name), std::ios::binary) << bytes;
    return path(name);
  }
  // Twice x and a little of the letter; `kind` says whether that is much.
  std::string write_numbers(char delimiter = ',') {
    std::string csv =
        std::string("\xef\xbb\xbf\"x\"") + delimiter + "letter" + delimiter + "kind" + delimiter + "y\r\n";
    for (int i = 0; i < 100; ++i) {
      const int x = i * 37 % 100;
      csv += (i % 10 == 0 ? "NA" : std::to_string(x)) + delimiter + (i % 2 ? "\"a, b\"" : "c") + delimiter +
             (x < 50 ? "little" : "much") + delimiter + std::to_string(1000 + 2 * x + 5 * (i % 2)) + "\r\n";
    }
    return write("t.csv", csv);
  }
  double last(const std::string& metrics, const std::string& key) {
    const Json line = parse_json(lines(read_file(metrics)).back());
    const Json* value = line.find(key);
    if (!value) return -1;
    return value->integer() ? static_cast<double>(*value->integer()) : std::get<double>(value->value);
  }
  std::string error(const std::string& flags) {
    const Outcome outcome = run_program("train_table " + flags);
    EXPECT_EQ(outcome.exit_code, 1) << flags << outcome.output;
    EXPECT_EQ(lines(outcome.errors).size(), 1u) << outcome.errors;
    return outcome.errors.substr(0, outcome.errors.size() - 1);
  }

  TemporaryFolder folder_;
};

TEST_F(TrainTable, TellsPenguinsApart) {
  double sum = 0;
  for (int seed = 1; seed <= 5; ++seed) {
    const Outcome outcome = run_program("train_table --metrics " + path("m") + " --seed " + std::to_string(seed));
    ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
    EXPECT_THAT(outcome.output,
                HasSubstr("  Species               to learn: one of 3 classes: Adelie, Chinstrap, Gentoo\n"));
    EXPECT_THAT(outcome.output, HasSubstr("206 rows to train on, 69 for validation, 69 held out\n"));
    EXPECT_THAT(outcome.output, HasSubstr("44.93 % if one always says Adelie\n"));
    EXPECT_THAT(outcome.output, HasSubstr("               Adelie  Chinstrap     Gentoo\n"));
    sum += last(path("m"), "held_out_accuracy");
  }
  EXPECT_GE(sum / 5, 0.98);
}

TEST_F(TrainTable, LearnsNumbers) {
  const std::string file = write_numbers(';');
  const Outcome outcome = run_program("train_table " + file + " --delimiter ';' --metrics " + path("m"));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_THAT(outcome.output, HasSubstr(" rows of 4 columns, taken for\n\n  x        a number, mean "));
  EXPECT_THAT(outcome.output,
              HasSubstr("  letter   one of 2 categories: a, b, c\n  kind     one of 2 categories: little, much\n"));
  EXPECT_THAT(outcome.output,
              HasSubstr("  y        to learn: a number (or classes, with --task classification), mean "));
  EXPECT_NEAR(last(path("m"), "guess_rmse"), 60, 15);
  EXPECT_LT(last(path("m"), "held_out_rmse"), 30);  // a tenth of x is missing
  EXPECT_EQ(last(path("m"), "held_out_accuracy"), -1);
  const auto metrics = lines(read_file(path("m")));
  for (const char* key : {"epoch", "train_loss", "validation_loss", "validation_rmse"}) {
    EXPECT_TRUE(parse_json(metrics[0]).find(key)) << key;
  }
}

TEST_F(TrainTable, OneMayAskForClassesOrForAnotherColumn) {
  const std::string file = write_numbers();
  const Outcome other = run_program("train_table " + file + " --target kind --metrics " + path("m"));
  EXPECT_THAT(other.output, HasSubstr("to learn: one of 2 classes: little, much"));
  EXPECT_GT(last(path("m"), "held_out_accuracy"), 0.9);
  std::string csv;
  for (int i = 0; i < 60; ++i) csv += std::to_string(i) + '\t' + std::to_string(i / 20) + '\n';
  write("u.tsv", csv);
  run_program("train_table " + path("u.tsv") + " --no-header --delimiter tab --task classification --metrics " +
              path("m"));
  EXPECT_GT(last(path("m"), "held_out_accuracy"), 0.7);
}

TEST_F(TrainTable, RowsWithoutATargetAreLeftOut) {
  const Outcome outcome = run_program("train_table " + write_numbers() + " --target x --epochs 1");
  EXPECT_THAT(outcome.output, HasSubstr("\n54 rows to train on, 18 for validation, 18 held out, 10 have no target\n"));
}

// Of ten powers of two, six are trained on: their mean tells which.
TEST_F(TrainTable, ColumnsAreLearnedFromTheTrainingRowsAlone) {
  std::string csv = "x,y\n";
  for (int i = 0; i < 10; ++i) csv += std::to_string(1 << i) + "," + std::to_string(i) + "\n";
  const Outcome outcome = run_program("train_table " + write("p.csv", csv) + " --epochs 1 --save " + path("w"));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  const auto schema = examples::tables::parse_schema(*find(load_safetensors(path("w")).metadata, "columns"));
  const double sum = 6 * schema.columns[0].standard.mean;
  EXPECT_NEAR(sum, std::round(sum), 1e-9);
  EXPECT_EQ(std::popcount(static_cast<unsigned>(std::round(sum))), 6) << sum;
}

TEST_F(TrainTable, StopsWhenPatienceEndsAndKeepsTheBestEpoch) {
  const std::string flags = "train_table " + write_numbers() + " --target kind --lr 0.05 --quiet --patience 4 ";
  ASSERT_EQ(run_program(flags + "--epochs 400 --metrics " + path("m") + " --save " + path("w")).exit_code, 0);
  const auto epochs = lines(read_file(path("m"))).size() - 1;
  const double best = last(path("m"), "best_epoch");
  ASSERT_LT(epochs, 400u);
  EXPECT_EQ(static_cast<double>(epochs), best + 4);
  ASSERT_EQ(run_program(flags + "--epochs " + std::to_string(epochs - 4) + " --save " + path("b")).exit_code, 0);
  EXPECT_TRUE(read_file(path("w")) == read_file(path("b")));
}

TEST_F(TrainTable, SameSeedSameBitsOnAnyNumberOfThreads) {
  const auto weights = [&](const std::string& flags) {
    const Outcome outcome = run_program("train_table --epochs 5 --batch-size 100 --hidden 600,300 --quiet " + flags +
                                        " --save " + path("w") + " --report " + path("r"));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    EXPECT_EQ(outcome.output, "");
    return read_file(path("w")) + read_file(path("r"));
  };
  const std::string once = weights("--threads 1");
  EXPECT_EQ(once, weights("--threads 1"));
  EXPECT_EQ(once, weights("--threads 3"));
  EXPECT_NE(once, weights("--threads 1 --seed 2"));
}

TEST_F(TrainTable, PredictsNewRows) {
  const std::string file = write_numbers(), save = " --quiet --save " + path("w"), load = "--load " + path("w");
  ASSERT_EQ(run_program("train_table " + file + " --target kind" + save).exit_code, 0);
  write("new.csv", "note;y;x;letter\n\"a;b\";1010;5;c\n;1180;90;\"a, b\"\n;;;unheard\n");
  const std::string flags = load + " --predict " + path("new.csv") + " --delimiter ';'";
  const Outcome outcome = run_program("train_table " + flags);
  EXPECT_EQ(outcome.errors, "");
  const auto rows = lines(outcome.output);
  ASSERT_EQ(rows.size(), 4u) << outcome.output;
  EXPECT_EQ(rows[0], "note;y;x;letter;predicted kind;probability");
  EXPECT_THAT(rows[1], HasSubstr("\"a;b\";1010;5;c;little;"));
  EXPECT_THAT(rows[2], HasSubstr(";1180;90;a, b;much;"));
  EXPECT_EQ(run_program("train_table " + flags + " --output " + path("out.csv")).output, "");
  EXPECT_EQ(read_file(path("out.csv")), outcome.output);

  ASSERT_EQ(run_program("train_table " + file + save).exit_code, 0);  // y
  const auto numbers = lines(run_program("train_table " + load + " --predict " + file).output);
  ASSERT_EQ(numbers.size(), 101u);
  EXPECT_EQ(numbers[0], "x,letter,kind,y,predicted y");
  EXPECT_NEAR(std::stod(numbers[2].substr(numbers[2].rfind(',') + 1)), 1000 + 2 * 37 + 5, 15) << numbers[2];
}

TEST_F(TrainTable, BadTablesGetOneLine) {
  const auto refused = [&](const std::string& csv, const std::string& flags = "") {
    const std::string line = error(write("t.csv", csv) + " " + flags), start = "train_table: " + path("t.csv") + ": ";
    EXPECT_EQ(line.substr(0, start.size()), start);
    return line.substr(std::min(start.size(), line.size()));
  };
  std::string rows;
  for (int i = 0; i < 12; ++i) rows += std::to_string(i) + ",a" + std::to_string(i % 3) + ",5\n";
  EXPECT_EQ(refused(""), "is empty");
  EXPECT_EQ(refused("a,b\n"), "row 1 is a header, and there are no rows below");
  EXPECT_EQ(refused("a,b\n1,2\n3\n"), "row 3, column 2: there is no such cell, but row 1 has 2");
  EXPECT_EQ(refused("a,b\n1,\"2\n3,4\n"), "row 2, column 2: a quote is not closed");
  EXPECT_EQ(refused(std::string("a,b\n1,\0\n", 8)), "row 2, column 2: a NUL byte; a table is UTF-8 text");
  EXPECT_EQ(refused("a,b," + std::string(2 << 20, 'x')),
            "row 1, column 3: the row is longer than 1048576 bytes; is a quote not closed?");
  EXPECT_EQ(refused("a,b,a\n" + rows), "row 1, column 3: \"a\" is the name of column 1 too");
  EXPECT_EQ(refused("a,b,c\n" + rows, "--target d"), "row 1: there is no column \"d\" (--target); there are a, b, c");
  EXPECT_EQ(refused(rows, "--no-header --target 4"), "row 1: there is no column \"4\" (--target); there are 1, 2, 3");
  EXPECT_EQ(refused("a,b,c\n" + rows), "column 3 (c): is \"5\" in all rows: there is nothing to learn");
  EXPECT_EQ(refused("a,b,c\n" + rows, "--task classification"),
            "column 3 (c): is \"5\" in all rows: there is nothing to learn");
  EXPECT_EQ(refused("a,b\n1,\n2,NA\n"), "column 2 (b): is empty in all rows");
  EXPECT_EQ(refused("a,b,c\n" + rows, "--target b --task regression"),
            "row 2, column 2 (b): \"a0\" is no number (--task regression)");
  EXPECT_EQ(
      refused("a,b\n1,2\n2,3\n3,4\n,5\n,\n", "--target a"),
      "column 1 (a): known in 3 rows; to be parted into training, validation and held-out rows, there must be 10");
  EXPECT_EQ(refused("a,b,c\n" + rows + "x,a1,5\n", "--target a"),
            "row 14, column 1 (a): \"x\" would be one of 13 classes in 13 rows; there may be 10");
  EXPECT_EQ(refused("y\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n"), "there is no column from which y could be learned");
  EXPECT_EQ(error(path("none.csv")), "train_table: " + path("none.csv") + ": cannot read: No such file or directory");
}

TEST_F(TrainTable, BadNewRowsGetOneLineAndNoOutput) {
  const std::string quiet = " --quiet --save " + path("w");
  ASSERT_EQ(run_program("train_table " + write_numbers() + quiet).exit_code, 0);
  const auto refused = [&](const std::string& csv) {
    write("new.csv", csv);
    const std::string line =
        error("--load " + path("w") + " --predict " + path("new.csv") + " --output " + path("out"));
    EXPECT_FALSE(std::filesystem::exists(path("out")));
    return line.substr(("train_table: " + path("new.csv") + ": ").size());
  };
  EXPECT_EQ(refused("x,letter,kind\n1,c,much\ntall,c,much\n"),
            "row 3, column 1 (x): \"tall\" is no number, as all were where the network was trained");
  EXPECT_EQ(refused("letter,x\nc,1\n"), "row 1: there is no column \"kind\", which the network was trained with");
  EXPECT_EQ(refused("x,letter,kind\n"), "row 1 is a header, and there are no rows below");
}

TEST_F(TrainTable, FilesThatHoldNoSuchNetwork) {
  ASSERT_EQ(run_program("train_table " + write_numbers() + " --epochs 1 --quiet --save " + path("w")).exit_code, 0);
  const Safetensors good = load_safetensors(path("w"));
  const auto refused = [&](const StateDict& state, const Metadata& metadata) {
    save_safetensors(path("bad"), state, metadata);
    return error("--load " + path("bad") + " --predict " + path("t.csv"))
        .substr(("train_table: " + path("bad")).size());
  };
  EXPECT_EQ(refused(good.state, {{"format", "pt"}}), ": was not written by --save of train_table");
  EXPECT_EQ(refused({}, good.metadata), ": its weights do not end in 1 outputs");
  StateDict state = good.state;
  std::get<Tensor>(state[0].second) = Tensor::zeros({64, 7});
  EXPECT_EQ(refused(state, good.metadata), ": 0.weight does not have 6 columns");
  state = good.state;
  state.pop_back();
  EXPECT_THAT(refused(state, good.metadata), HasSubstr("missing 2.bias"));
  state = good.state;
  std::get<Tensor>(state[0].second).mutable_data()[0] = std::numeric_limits<Scalar>::quiet_NaN();
  EXPECT_EQ(refused(state, good.metadata), ": its weights give numbers that are not finite");
}

TEST_F(TrainTable, WrongFlags) {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"--delimiter ab", "--delimiter: expected one character, or tab, got \"ab\""},
      {"--delimiter '\"'", "--delimiter: "},
      {"--delimiter ''", "--delimiter: needs a value (C), got \"\""},
      {"--load w", "--load: --load (what --save wrote) and --predict (a table of new rows) go together"},
      {"--predict t", "--predict: "},
      {"--output o", "--output: is for predictions"},
      {"t.csv --load w --predict t", "--load: trains nothing"},
      {"--task guess", "--task: "},
      {"--epochs 0", "--epochs: "},
      {"--save " + path("x") + " --report " + path("x"), "--report: names the same file as --save"},
      {"a.csv b.csv", "unexpected word"}};
  for (const auto& [flags, text] : wrong) {
    const Outcome outcome = run_program("train_table " + flags);
    EXPECT_EQ(outcome.exit_code, 2) << flags;
    EXPECT_EQ(outcome.errors.find("train_table: " + text), 0u) << flags << ": " << outcome.errors;
    EXPECT_EQ(outcome.output, "") << flags;
  }
}

TEST_F(TrainTable, StopsWhenTheLossIsNotFinite) {
  EXPECT_EQ(error("--lr 1e30 --hidden 8,8 --quiet --save " + path("w")),
            "train_table: the loss is not finite in epoch 1: try a lower --lr than 1e+30");
  // With this seed the second row is held out: only there does one input cancel the other, of infinite size.
  std::string csv = "a,b,y\n1e300,-1e300,p\n";
  for (int i = 1; i < 30; ++i) {
    const std::string x = std::to_string(i * 37 % 30);
    csv += x + "," + x + (i * 37 % 30 < 15 ? ",p\n" : ",q\n");
  }
  EXPECT_EQ(error(write("t.csv", csv) + " --lr 1e33 --hidden '' --weight-decay 0 --epochs 1 --seed 3 --quiet --save " +
                  path("w")),
            "train_table: what it says of the held-out rows is not finite: try a lower --lr than 1e+33");
  EXPECT_FALSE(std::filesystem::exists(path("w")));
}

TEST_F(TrainTable, CtrlCStops) {
  const Outcome outcome = signalled_program(
      "train_table", {"--epochs=1000000", "--patience=1000000", "--metrics", path("m"), "--save", path("w")},
      [&] { return !read_file(path("m")).empty(); }, SIGINT);
  EXPECT_EQ(outcome.exit_code, 130);
  EXPECT_THAT(outcome.output, HasSubstr("interrupted"));
  EXPECT_FALSE(std::filesystem::exists(path("w")));
}

TEST_F(TrainTable, Report) {
  std::string page;
  const auto report = [&](const std::string& flags) {
    const Outcome outcome = run_program("train_table " + flags + " --report " + path("r.html"));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    page = read_file(path("r.html"));
    const std::string mark = "<script type=\"application/json\" id=\"run\">";
    const std::size_t start = page.find(mark) + mark.size();
    page = page.substr(start, page.find("</script>", start) - start);
    return parse_json(page);
  };
  const Json run = report(write_numbers() + " --target kind");
  const Json::Array& columns = *run.find("importance")->array();
  ASSERT_EQ(columns.size(), 3u);
  EXPECT_EQ(*columns[2].find("name")->string(), "letter");  // which says nothing of `kind`
  EXPECT_EQ(run.find("curves")->array()->size(), 2u);
  EXPECT_EQ(run.find("confusion")->array()->size(), 4u);

  const Json numbers = report(write_numbers());
  const Json& first = numbers.find("importance")->array()->front();
  EXPECT_EQ(*first.find("name")->string(), "x");
  EXPECT_GT(std::get<double>(first.find("worse")->value), 1);

  // Mistakes are named by their row of the file.
  std::string csv = "x,y\n";
  for (int i = 0; i < 100; ++i) csv += std::to_string(i * 37 % 100) + (i * i % 7 % 2 ? ",odd\n" : ",even\n");
  const Json chance = report(write("c.csv", csv));
  const Json::Array& mistakes = *chance.find("mistakes")->array();
  EXPECT_GT(mistakes.size(), 4u);
  for (const Json& mistake : mistakes) {
    const std::string row = lines(csv)[static_cast<std::size_t>(*mistake.find("row")->integer() - 1)];
    EXPECT_TRUE(row.ends_with("," + *mistake.find("label")->string())) << row;
  }
  const auto mistaken = [&](const char* label) {
    return std::ranges::count_if(mistakes, [&](const Json& each) { return *each.find("label")->string() == label; });
  };
  const Json::Array& confusion = *chance.find("confusion")->array();  // a row for each label: even, odd
  EXPECT_EQ(*confusion[1].integer(), mistaken("even"));
  EXPECT_EQ(*confusion[2].integer(), mistaken("odd"));
}

}  // namespace
}  // namespace gradus::testing
