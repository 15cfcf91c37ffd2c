// names as a user meets it.
#include "examples/run_program.h"

#include <gradus/core/io/checkpoint.h>
#include <gradus/core/io/json.h>
#include <gradus/core/io/safetensors.h>

#include <gmock/gmock.h>

#include <cstdio>
#include <set>

namespace gradus::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

// On 60 words of its own: k, one to three vowels of a kind, and n or t.
class Names : public ::testing::Test {
 protected:
  Names() {
    std::string list;
    for (int i = 0; i < 60; ++i) {
      const char* vowels[] = {"a", "é", "o"};
      list += "k";
      for (int j = 0; j <= i % 3; ++j) list += vowels[i / 3 % 3];
      list += i % 2 ? "n\n" : "t\n";
    }
    write("list", list);
  }
  void write(const std::string& name, const std::string& bytes) {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
  }
  std::string path(const std::string& name) { return (folder_ / name).string(); }
  Outcome run(const std::string& flags) { return run_program("names --data " + path("list") + " " + flags); }
  void train(const std::string& flags) {
    const Outcome outcome = run("--quiet " + flags);
    ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
    EXPECT_EQ(outcome.output + outcome.errors, "");
  }
  // The lines of metrics without what differs from run to run.
  std::string metrics(const std::string& name) {
    const std::string text = read_file(path(name));
    const std::size_t time = text.find("\"step_us\"");
    return text.substr(0, time) + text.substr(text.find("\"parameters\"", time));
  }

  TemporaryFolder folder_;
};

double number(const std::string& line, const char* key) {
  const Json json = parse_json(line);
  const Json* value = json.find(key);
  if (!value) return -1;
  if (const std::int64_t* integer = value->integer()) return static_cast<double>(*integer);
  const double* real = std::get_if<double>(&value->value);
  return real ? *real : -1;
}

TEST_F(Names, BothNetsLearnAndSaySo) {
  // Which vowel, how many and which end is chance, all else follows: ln(3 * 3 * 2) nats for 5 letters, 0.58 each.
  // (The edge is a letter too: there are 7.)
  for (const auto& [flags, parameters] :
       {std::pair(" --model mlp --steps 400", 7 * 10 + 30 * 200 + 2 * 200 + 201 * 7),
        {" --model gpt --steps 100 --batch-size 16", 2 * 7 * 64 + 16 * 64 + 4 * 49'984 + 2 * 64}}) {
    const Outcome outcome = run(flags + (" --metrics " + path("m")));
    ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
    EXPECT_THAT(outcome.output, HasSubstr("54 words to train on, 6 held out, of 6 letters: aknoté"));
    const std::vector<std::string> all = lines(read_file(path("m")));
    ASSERT_EQ(all.size(), 20u);
    EXPECT_EQ(number(all[0], "step"), flags[9] == 'm' ? 20 : 5);
    EXPECT_EQ(number(all[0], "train_loss"), -1);
    const std::string& last = all.back();
    EXPECT_GT(number(last, "step_us"), 0);
    EXPECT_EQ(number(last, "parameters"), parameters);
    for (const char* loss : {"batch_loss", "train_loss", "held_out_loss"}) {
      EXPECT_GT(number(last, loss), 0.5) << flags << loss;
      EXPECT_LT(number(last, loss), 0.9) << flags << loss;
    }
    EXPECT_THAT(outcome.output, HasSubstr("20 invented words"));
    EXPECT_THAT(outcome.output, HasSubstr("* "));
  }
}

TEST_F(Names, TheListThatCameWithIt) {
  const Outcome outcome = run_program("names --model mlp --steps 0 --metrics " + path("m"));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_THAT(outcome.output, HasSubstr("7563 words to train on, 840 held out, of 26 letters"));
  EXPECT_THAT(outcome.output, HasSubstr("12,097 parameters"));
  EXPECT_THAT(read_file(path("m")),
              MatchesRegex("\\{\"step\": 0, \"batch_loss\": null, \"held_out_loss\": [^,]*, \"train_loss\": [^,]*, "
                           "\"step_us\": null, \"parameters\": 12097\\}\n"));
  EXPECT_NEAR(number(read_file(path("m")), "held_out_loss"), std::log(27), 0.3);
}

TEST_F(Names, SameBitsForASeedOnAnyNumberOfThreads) {
  for (const std::string model : {"--model mlp --steps 30 ", "--model gpt --steps 6 --batch-size 8 "}) {
    const auto trained = [&](const std::string& flags) {
      train(model + flags + " --save " + path("w"));
      return read_file(path("w"));
    };
    const std::string once = trained("--threads 1");
    EXPECT_TRUE(once == trained("--threads 2"));
    EXPECT_TRUE(once == trained("--threads 5"));
    EXPECT_FALSE(once == trained("--threads 1 --seed 2"));
  }
}

TEST_F(Names, EveryOptimizer) {
  std::set<std::string> weights;
  for (const std::string optimizer : {"sgd", "adam", "adamw", "rmsprop", "muon"}) {
    train("--model gpt --steps 10 --batch-size 8 --optimizer " + optimizer + " --metrics " + path("m") + " --save " +
          path("w"));
    const std::vector<std::string> all = lines(read_file(path("m")));
    EXPECT_LT(number(all.back(), "batch_loss"), number(all.front(), "batch_loss")) << optimizer;
    EXPECT_TRUE(weights.insert(read_file(path("w"))).second) << optimizer << " does what another one did";
  }
  EXPECT_THAT(run("--model gpt --optimizer muon --steps 0").output, HasSubstr(", muon at 0.02, "));
}

TEST_F(Names, ResumedItEndsWithTheSameBits) {
  for (const auto& [model, steps] :
       {std::pair("--model mlp --seed 3", " --steps 60"), {"--model gpt --batch-size 8 --lr 0.002", " --steps 9"}}) {
    train(std::string(model) + steps + " --save " + path("whole") + " --metrics " + path("whole.m") + " --checkpoint " +
          path("end"));
    train(std::string(model) + " --steps 3 --checkpoint " + path("c"));  // a shorter training is its beginning
    train(steps + (" --threads 3 --resume " + path("c") + " --save " + path("s")));
    EXPECT_TRUE(read_file(path("s")) == read_file(path("whole"))) << model;
    train("--resume " + path("end") + " --save " + path("s") + " --metrics " + path("m"));  // nothing left to train
    EXPECT_TRUE(read_file(path("s")) == read_file(path("whole"))) << model;
    EXPECT_EQ(read_file(path("m")), read_file(path("whole.m")));
  }
}

TEST_F(Names, InterruptedItGoesOnFromItsCheckpoint) {
  const std::vector<std::string> flags = {"--data",        path("list"),   "--model=mlp",
                                          "--steps=10000", "--checkpoint", path("c")};
  const auto begun = [&] { return std::filesystem::exists(path("c")); };
  const Outcome outcome = signalled_program("names", flags, begun, SIGINT);
  EXPECT_EQ(outcome.exit_code, 130);
  EXPECT_THAT(outcome.output, HasSubstr("interrupted after step "));
  EXPECT_THAT(outcome.output, HasSubstr("--resume " + path("c") + " goes on after step "));
  train("--resume " + path("c") + " --metrics " + path("m"));  // with all its flags from there
  train("--model mlp --steps 10000 --metrics " + path("whole.m"));
  EXPECT_EQ(metrics("m"), metrics("whole.m"));
}

TEST_F(Names, SavedWeightsKnowTheirAlphabet) {
  for (const std::string model : {"mlp", "gpt"}) {
    const Outcome trained =
        run("--model " + model + " --steps 8 --batch-size 8 --seed 4 --sample 12 --save " + path("w"));
    ASSERT_EQ(trained.exit_code, 0) << trained.errors;
    const Safetensors file = load_safetensors(path("w"));
    EXPECT_EQ(*find(file.metadata, "model"), model);
    EXPECT_EQ(*find(file.metadata, "alphabet"), "aknoté");
    EXPECT_TRUE(find(file.state, model == "mlp" ? "rest.1.running_mean" : "blocks.3.attention.in_proj_weight"));
    const Outcome sampled = run_program("names --load " + path("w") + " --seed 4 --sample 12");
    EXPECT_EQ(sampled.exit_code, 0) << sampled.errors;
    const std::vector<std::string> words = lines(sampled.output);
    EXPECT_EQ(words.size(), 12u);
    for (const std::string& word : words) EXPECT_THAT(trained.output, HasSubstr(word));
    EXPECT_NE(run_program("names --load " + path("w") + " --seed 5 --sample 12").output, sampled.output);
    // Going on with other words, if the alphabet has their letters.
    write("other", "ta\nto\nté\nna\nno\nné\nka\nko\nké\nat\nan\nak\n");
    const std::string go_on = "names --quiet --steps 5 --batch-size 8 --load " + path("w") + " --data ";
    EXPECT_EQ(run_program(go_on + path("other") + " --save " + path("w2")).errors, "");
    EXPECT_EQ(*find(load_safetensors(path("w2")).metadata, "alphabet"), "aknoté");
    write("more", "ta\nto\nta\nna\nno\nna\nka\nko\nkä\nat\n");
    EXPECT_EQ(run_program(go_on + path("more")).errors,
              "names: " + path("more") + ": line 9 has the letter ä, which is not in the alphabet of the weights\n");
  }
}

TEST_F(Names, LongWordsAreCutForGptAlone) {
  std::string list;
  for (int i = 0; i < 20; ++i) list += "\t" + std::string(static_cast<std::size_t>(i + 1), 'a') + "b\r\n\n";
  write("list", "\xef\xbb\xbf" + list);  // a byte-order mark, tabs, CRLF and empty lines
  const std::string cut = "6 of them are longer than 15 letters: of these the first 16 count";
  const Outcome gpt = run("--model gpt --steps 2 --batch-size 4 --report " + path("page.html"));
  EXPECT_EQ(gpt.exit_code, 0) << gpt.errors;
  EXPECT_THAT(gpt.output, HasSubstr(cut));
  const Outcome mlp = run("--model mlp --steps 2 --batch-size 4");
  EXPECT_THAT(mlp.output, HasSubstr("18 words to train on, 2 held out, of 2 letters: ab"));
  EXPECT_EQ(mlp.output.find("longer"), std::string::npos);
}

TEST_F(Names, InventedWordsOfTheListHaveAStarAlsoIfHeldOut) {
  write("list", "ab\nab\nab\nab\nab\nab\nab\nab\nab\nb\n");
  EXPECT_THAT(run("--model gpt --steps 0 --sample 100").output, HasSubstr(" b* "));
}

// The mean is over letters, however they lie in the batches in which it is made.
TEST_F(Names, TheLossOfAListDoesNotDependOnItsOrder) {
  std::string sorted, reversed;
  for (int i = 0; i < 60; ++i) {
    std::string ten;
    for (int j = 0; j < 10; ++j) ten += std::string(static_cast<std::size_t>(1 + i / 5), j % 2 ? 'a' : 'b') + "\n";
    sorted += ten;
    reversed = ten + reversed;
  }
  const auto loss = [&](const std::string& list) {
    write("list", list);
    train("--model gpt --steps 0 --metrics " + path("m"));
    return number(read_file(path("m")), "train_loss");
  };
  EXPECT_NEAR(loss(sorted), loss(reversed), 1e-6);
}

TEST_F(Names, RefusesBadLists) {
  const std::string nine = "ab\nab\nab\nab\nab\nab\nab\nab\nab\n";
  const std::pair<std::string, std::string> lists[] = {
      {"", "has 0 words, a line each, and 10 are needed, of which one is held out"},
      {"ab\n", "has 1 word, a line each, and 10 are needed, of which one is held out"},
      {nine + "  \n\n", "has 9 words, a line each, and 10 are needed, of which one is held out"},
      {nine + "a\xff\n", "line 10 is no UTF-8"},
      {nine + std::string("a\0b\n", 4), "line 10 has a control character"},
      {"a\tb\n" + nine, "line 1 has a control character"},
  };
  for (const auto& [list, problem] : lists) {
    write("list", list);
    const Outcome outcome = run("--metrics " + path("m"));
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_EQ(outcome.errors, "names: " + path("list") + ": " + problem + "\n");
    EXPECT_FALSE(std::filesystem::exists(path("m")));
  }
  EXPECT_EQ(run_program("names --data " + path("none")).exit_code, 1);
}

TEST_F(Names, RefusesWrongFlagsAndFiles) {
  train("--model mlp --steps 3 --save " + path("w") + " --checkpoint " + path("c"));
  write("junk", "no weights");
  save_safetensors(path("plain"), {{"x", Tensor(1)}});
  save_safetensors(path("other"), {{"x", Tensor(1)}}, {{"model", "gpt"}, {"alphabet", "aknoté"}});
  save_safetensors(path("twice"), {{"x", Tensor(1)}}, {{"model", "gpt"}, {"alphabet", "abb"}});
  const std::tuple<std::string, int, std::string> wrong[] = {
      {"--model rnn", 2, "--model: expected mlp|gpt, got \"rnn\""},
      {"--steps -1", 2, "--steps: "},
      {"--optimizer lion", 2, "--optimizer: expected sgd|adam|adamw|rmsprop|muon"},
      {"--model mlp --batch-size 1", 2, "--batch-size: batch normalization needs at least 2 a step"},
      {"--load " + path("w") + " --resume " + path("c"), 2, "--load: a checkpoint has its own weights"},
      {"--load " + path("w") + " --sample 3 --save " + path("new"), 2, "--sample: with --load it only invents"},
      {"--load " + path("w") + " --sample 3 --pytorch " + path("new"), 2, "--sample: with --load it only invents"},
      {"--steps 3 --optimizer muon --pytorch " + path("new"), 2, "--pytorch: PyTorch's Muon is another one"},
      {"--load " + path("w") + " --model gpt", 2, "--model: " + path("w") + " is of the other, mlp"},
      {"--save " + path("new") + " --report " + path("./new"), 2, "--report: names a file that another flag names"},
      {"--load " + path("junk"), 1, path("junk") + ": "},
      {"--load " + path("c"), 1, path("c") + ": is a checkpoint: --resume goes on from it"},
      {"--load " + path("plain"), 1, path("plain") + ": has no model in its metadata: it is not of this program"},
      {"--load " + path("other"), 1, path("other") + ": is not of this net: "},
      {"--load " + path("other") + " --sample 1", 1, path("other") + ": is not of this net: "},
      {"--load " + path("twice"), 1, path("twice") + ": its alphabet is not in order, each letter once"},
      {"--resume " + path("w"), 1, path("w") + ": "},
      {"--resume " + path("c") + " --seed 2", 1, path("c") + ": is of another training: --model=mlp "},
      {"--resume " + path("c") + " --steps 2", 1, path("c") + ": has 3 steps behind it, more than --steps 2"},
      {"--report " + path("no/such"), 1, path("no/such")},
  };
  for (const auto& [flags, exit_code, text] : wrong) {
    const Outcome outcome = run(flags);
    EXPECT_EQ(outcome.exit_code, exit_code) << flags;
    EXPECT_EQ(outcome.errors.find("names: " + text), 0u) << flags << ": " << outcome.errors;
    EXPECT_EQ(lines(outcome.errors).size(), 1u) << flags;
    EXPECT_EQ(outcome.output, "") << flags;
  }
  EXPECT_FALSE(std::filesystem::exists(path("new")));
  write("list", read_file(path("list")) + "kan\n");
  EXPECT_THAT(run("--resume " + path("c")).errors, HasSubstr(path("c") + ": was trained on other words: 54 + 6 words"));
}

// A file must not decide what is written where.
TEST_F(Names, ACheckpointBringsNoOtherFlags) {
  train("--model mlp --steps 3 --checkpoint " + path("c"));
  Checkpoint checkpoint = load_checkpoint(path("c"));
  for (auto& [key, value] : checkpoint.metadata) {
    if (key == "configuration") value += " --save=" + path("new");
  }
  save_checkpoint(path("c"), checkpoint);
  EXPECT_THAT(run("--resume " + path("c")).errors, HasSubstr(path("c") + ": is of another training: "));
  EXPECT_FALSE(std::filesystem::exists(path("new")));
}

TEST_F(Names, StopsWhenTheLossIsNotFinite) {
  const Outcome outcome = run("--model gpt --steps 40 --batch-size 4 --optimizer sgd --lr 1e30 --save " + path("w"));
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.errors,
              MatchesRegex("names: the loss.* is not finite at step [0-9]+: try a lower --lr than 1e\\+30.*\n"));
  EXPECT_FALSE(std::filesystem::exists(path("w")));
}

TEST_F(Names, ThePageHasTheNetInIt) {
  train("--model gpt --steps 1 --batch-size 4 --report " + path("page.html"));
  const std::string page = read_file(path("page.html"));
  EXPECT_EQ(page.find("<!doctype html>"), 0u);
  EXPECT_THAT(page, HasSubstr("\"letters\": [\"a\", \"k\", \"n\", \"o\", \"t\", \"é\"]"));
  EXPECT_THAT(page, HasSubstr("\"blocks.0.attention.in_proj_weight\": \""));
}

// The program in PyTorch reads our weights, evaluates to our numbers, and trains on, on two processes.
TEST_F(Names, PyTorchGoesOnWhereWeStopped) {
  const std::string python = "\"${GRADUS_PYTHON:-python3}\" ";
  if (run_program(python + "-c 'import numpy, torch, safetensors'").exit_code != 0) {
    GTEST_SKIP() << "needs a Python with numpy, safetensors and torch in the environment variable GRADUS_PYTHON";
  }
  // A byte-order mark belongs to no word, a no-break space to one.
  write("list", "\xef\xbb\xbf" + read_file(path("list")) + "kan\u00a0\r\n");
  for (const std::string net : {"mlp", "gpt"}) {
    train("--model " + net + " --steps 30 --save " + path("w") + " --metrics " + path("m") + " --pytorch " +
          path("net.py"));
    const std::string ours = read_file(path("m"));
    const Outcome theirs = run_program(python + path("net.py") + " --load " + path("w"));
    double training = 0, held_out = 0;
    ASSERT_EQ(std::sscanf(theirs.output.c_str(), "train_loss %lf held_out_loss %lf", &training, &held_out), 2)
        << theirs.output << theirs.errors;
    const Json last = parse_json(ours.substr(ours.rfind('{')));
    for (const JsonMember& member : *last.object()) {
      const double* number = std::get_if<double>(&member.value.value);
      if (member.key == "train_loss") training -= *number;
      if (member.key == "held_out_loss") held_out -= *number;
    }
    EXPECT_NEAR(training, 0, 1e-4) << net;
    EXPECT_NEAR(held_out, 0, 1e-4) << net;
    const Outcome on = run_program(python + "-m torch.distributed.run --standalone --nproc-per-node 2 " +
                                   GRADUS_TEST_DIR "/reference/run_and_end.py " + path("net.py") + " --load " +
                                   path("w") + " --steps 20 --save " + path("more"));
    EXPECT_EQ(on.exit_code, 0) << on.output << on.errors;
    EXPECT_THAT(on.output, HasSubstr("step 20/20"));
  }
}

}  // namespace
}  // namespace gradus::testing
