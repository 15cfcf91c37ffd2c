// A training that is put down and taken up again, or not, and why not.
#include "error_of.h"
#include "examples/train_mnist_run.h"

#include <gradus/core/io/file.h>
#include <gradus/examples/train_mnist/training.h>

#include <gmock/gmock.h>

#include <random>

namespace gradus::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::MatchesRegex;

class Checkpoints : public TrainMnist {
 protected:
  // A run that must succeed.
  void train(const std::string& flags) {
    const Outcome outcome = run("--quiet " + flags);
    ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  }
  // The one line with which a run fails, without the program's name.
  std::string failure(const std::string& flags) {
    const Outcome outcome = run("--quiet " + flags);
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_EQ(lines(outcome.errors).size(), 1u) << outcome.errors;
    return outcome.errors.substr(std::min<std::size_t>(outcome.errors.size(), 13));
  }
  std::string metrics(const std::string& name) { return metrics_without_times(path(name)); }
  std::int64_t epoch_of(const std::string& name) {
    return std::get<std::int64_t>(*find(load_checkpoint(path(name)).state, "epoch"));
  }
};

// ---- the same bits

// Whether train_mnist was killed after so many seconds, and had not ended by itself before.
bool killed_after(double seconds, const std::vector<std::string>& flags) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  const int exit_code = signalled_program(
                            "train_mnist", flags, [&] { return Clock::now() > end; }, SIGKILL)
                            .exit_code;
  EXPECT_TRUE(exit_code == 0 || exit_code == 128 + SIGKILL) << exit_code;
  return exit_code == 128 + SIGKILL;
}

TEST_F(Checkpoints, KilledAtAnyMomentAndResumedGivesTheSameBits) {
  // So large that training, evaluating and writing take about as long as each other, and longer than starting.
  write_set(folder_, "train", 600);
  write_set(folder_, "t10k", 2000);
  std::mt19937 random(1);
  int kills = 0, while_resumed = 0, while_writing = 0;
  for (const std::string recipe : {"--optimizer adamw --dropout 0.3 --schedule one-cycle",
                                   "--optimizer sgd --no-bn --dropout 0 --schedule constant --clip-norm 1"}) {
    const std::string flags = "--quiet --hidden 128,64 --batch-size 20 --threads 1 --epochs 24 " + recipe;
    const auto start = std::chrono::steady_clock::now();
    ASSERT_EQ(run_program("train_mnist " + flags + " --data-dir " + folder_.string() + " --save " + path("whole") +
                          " --metrics " + path("whole.m") + " --checkpoint " + path("unused"))
                  .exit_code,
              0);
    const double duration = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::uniform_real_distribution<double> moment(0, 0.25 * duration);
    std::istringstream in(flags);
    std::vector<std::string> words{std::istream_iterator<std::string>(in), {}};
    words.insert(words.end(), {"--data-dir", folder_.string(), "--save", path("save"), "--metrics", path("m"),
                               "--checkpoint", path("c")});
    int here = 0;
    while (here < 12) {
      for (const char* name : {"c", "save", "m"}) fs::remove(path(name));
      bool killed = true;
      while (killed) {
        std::vector<std::string> now = words;
        const bool resumed = fs::exists(path("c"));
        if (resumed) now.insert(now.end(), {"--resume", path("c")});
        killed = killed_after(here < 12 ? moment(random) : 60, now);
        here += killed;
        while_resumed += killed && resumed;
        while_writing += killed && fs::exists(path(".c.tmp"));
      }
      EXPECT_TRUE(read_file(path("save")) == read_file(path("whole"))) << recipe;
      EXPECT_TRUE(metrics("m") == metrics("whole.m")) << recipe;
      EXPECT_FALSE(fs::exists(path(".c.tmp")));
    }
    kills += here;
  }
  EXPECT_GE(kills, 20);
  EXPECT_GE(while_resumed, 4);
  std::cout << kills << " kills, " << while_resumed << " of them in a resumed run, " << while_writing
            << " while a checkpoint was written\n";
}

TEST_F(Checkpoints, ResumingNeedsNoFlagsButMayHaveThem) {
  const std::string recipe = "--dropout 0.1 --seed 7 --label-smoothing 0.05 --schedule constant ";
  train(recipe + "--epochs 4 --save " + path("whole") + " --metrics " + path("whole.m"));
  train(recipe + "--epochs 2 --checkpoint " + path("c"));
  const std::string go_on = "train_mnist --quiet --epochs 4 --data-dir " + folder_.string() + " --resume " + path("c");
  ASSERT_EQ(run_program(go_on + " --threads 3 --save " + path("s") + " --metrics " + path("m")).exit_code, 0);
  EXPECT_TRUE(read_file(path("s")) == read_file(path("whole")));
  EXPECT_EQ(metrics("m"), metrics("whole.m"));
  ASSERT_EQ(run_program(go_on + " --checkpoint " + path("c") + " --seed 7 --hidden 16,8").exit_code, 0);
  EXPECT_EQ(epoch_of("c"), 4);

  // At the end of a training there is nothing to train, but all the rest to do.
  fs::remove(path("s"));
  ASSERT_EQ(run_program(go_on + " --save " + path("s") + " --metrics " + path("m")).exit_code, 0);
  EXPECT_TRUE(read_file(path("s")) == read_file(path("whole")));
  EXPECT_EQ(metrics("m"), metrics("whole.m"));
}

TEST_F(Checkpoints, CtrlCKeepsTheLastEpoch) {
  const Outcome outcome = signalled_program(
      "train_mnist",
      {"--data-dir", folder_.string(), "--epochs=1000000", "--checkpoint", path("c"), "--metrics", path("m")},
      [&] { return lines(read_file(path("m"))).size() > 2; }, SIGINT);
  EXPECT_EQ(outcome.exit_code, 130);
  EXPECT_EQ(epoch_of("c"), static_cast<std::int64_t>(lines(read_file(path("m"))).size()));
  EXPECT_NE(outcome.output.find("--resume " + path("c") + " goes on after epoch " + std::to_string(epoch_of("c"))),
            std::string::npos)
      << outcome.output;
}

// ---- what can go wrong

TEST_F(Checkpoints, AFullDiskLeavesTheOldOne) {
  train("--epochs 1 --schedule constant --checkpoint " + path("c"));
  const std::string before = read_file(path("c"));
  ASSERT_GT(before.size(), 8192u);
  // No file may grow beyond 8192 bytes: to the program that is what a full disk is.
  const Outcome outcome =
      run_program("bash -c \"trap '' XFSZ; ulimit -f 8; train_mnist --quiet --epochs 3 --data-dir " + folder_.string() +
                  " --resume " + path("c") + " --checkpoint " + path("c") + "\"");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.errors, "train_mnist: " + path("c") + ": cannot write: File too large\n");
  EXPECT_TRUE(read_file(path("c")) == before);
  EXPECT_FALSE(fs::exists(path(".c.tmp")));
}

TEST_F(Checkpoints, AnotherTrainingIsRefusedWithTheReason) {
  train("--epochs 2 --checkpoint " + path("c"));
  const std::string resume = " --resume " + path("c"), start = path("c") + ": is of another training: ";
  EXPECT_EQ(failure("--dropout 0.5" + resume), start + "--dropout=0.2; here --dropout=0.5\n");
  EXPECT_EQ(failure("--no-bn --seed 3" + resume), start + "--seed=1, no --no-bn; here --no-bn, --seed=3\n");
  EXPECT_EQ(failure("--epochs 3" + resume), start + "--epochs=2; here --epochs=3\n");
  EXPECT_EQ(run_program("train_mnist --quiet --hidden 16 --data-dir " + folder_.string() + resume).errors,
            "train_mnist: " + start + "--hidden=16,8; here --hidden=16\n");
  EXPECT_EQ(failure("--load " + path("c")), path("c") + ": is a checkpoint: --resume goes on from it\n");

  train("--epochs 2 --schedule constant --checkpoint " + path("d"));
  EXPECT_EQ(failure("--epochs 1 --resume " + path("d")),
            path("d") + ": has 2 epochs behind it, more than --epochs 1\n");

  std::fstream(path("train-images-idx3-ubyte"), std::ios::in | std::ios::out | std::ios::binary).seekp(100) << 'x';
  EXPECT_EQ(
      failure(resume).find(path("c") + ": was trained on other data: 200 + 50 images of 5x4, 3 classes, checksum "),
      0u);
}

TEST_F(Checkpoints, FlagsThatDoNotGoTogether) {
  const auto usage = [&](const std::string& flags) {
    const Outcome outcome = run("--quiet " + flags);
    EXPECT_EQ(outcome.exit_code, 2);
    return outcome.errors;
  };
  train("--epochs 1 --checkpoint " + path("c") + " --save " + path("w"));
  const std::string dry =
      "train_mnist: --dry-run: trains no whole epoch, so there is nothing to checkpoint or resume\n";
  EXPECT_EQ(usage("--dry-run --checkpoint " + path("new")), dry);
  EXPECT_FALSE(fs::exists(path("new")));
  EXPECT_EQ(usage("--save " + path("new") + " --report " + folder_.string() + "/./new"),
            "train_mnist: --report: names the same file as --save, and only one would be kept\n");
  EXPECT_FALSE(fs::exists(path("new")));
  const Outcome outcome = run("--quiet --dry-run --resume " + path("c"));
  EXPECT_NE(outcome.exit_code, 0);
  EXPECT_NE(outcome.errors.find("--dry-run: trains no whole epoch"), std::string::npos) << outcome.errors;
  EXPECT_NE(run("--load " + path("w") + " --resume " + path("c")).errors.find("--resume does not go with it"),
            std::string::npos);
}

TEST_F(Checkpoints, DamageIsNoticedWhereverItIs) {
  train("--epochs 1 --checkpoint " + path("c") + " --save " + path("w"));
  const std::string whole = read_file(path("c"));
  const auto error = [](const std::string& bytes) {
    return error_of<std::runtime_error>([&] { parse_checkpoint(bytes, "c"); });
  };
  ASSERT_EQ(error(whole), "no error");
  for (std::size_t i = 0; i < whole.size(); i += i < 64 ? 1 : 13) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 1 << i % 8);
    // In the first bytes the damage may hide that it is a checkpoint at all.
    EXPECT_EQ(error(damaged).find(i < 64 ? "c: " : "c: is damaged: its checksum is "), 0u) << i << error(damaged);
    EXPECT_NE(error(whole.substr(0, i)), "no error") << i;
  }
  std::ofstream(path("c"), std::ios::binary) << whole.substr(0, whole.size() / 2);
  EXPECT_EQ(failure("--resume " + path("c") + " --metrics " + path("m")).find(path("c") + ": is damaged: "), 0u);
  EXPECT_FALSE(fs::exists(path("m")));
  EXPECT_EQ(failure("--resume " + path("w")), path("w") + ": is not a checkpoint, but weights alone\n");
  EXPECT_EQ(failure("--resume " + path("none")), path("none") + ": cannot read: No such file or directory\n");
}

// ---- numbers that go wrong

TEST_F(Checkpoints, AnomalyDetectionNamesOperationLayerAndStep) {
  const std::string flags = "--no-bn --optimizer sgd --lr 1e30 --epochs 9 --detect-anomaly";
  const std::string layer = "anomaly: .*(linear|relu).*", advice = ": try a lower --lr than 1e\\+30\n";
  EXPECT_THAT(failure(flags), MatchesRegex(layer + "\\[20, [0-9]+\\].* in epoch 1, step 2" + advice));
  // An evaluation is watched as well.
  EXPECT_THAT(failure(flags + " --dry-run"), MatchesRegex(layer + "\\[50, [0-9]+\\].* in epoch 1, step 1" + advice));
}

TEST_F(Checkpoints, ALossThatIsNotFiniteKeepsTheLastGoodOne) {
  // The rate rises until it is too high.
  const std::string flags = "--no-bn --optimizer sgd --lr 1e6 --warm-up 1000000 --epochs 1000 --schedule constant";
  const std::string error = failure(flags + " --checkpoint " + path("c"));
  ASSERT_THAT(error, MatchesRegex(".* is (nan|-?inf|not finite) in epoch [0-9]+, step [0-9]+: try a lower --lr than "
                                  "1e\\+06; --detect-anomaly finds the operation where it begins; " +
                                  path("c") + " is as of epoch [0-9]+\n"));
  const auto number_after = [&](const std::string& words) {
    return std::stoi(error.substr(error.find(words) + words.size()));
  };
  EXPECT_EQ(number_after(" is as of epoch "), number_after(" in epoch ") - 1);
  EXPECT_EQ(epoch_of("c"), number_after(" is as of epoch "));
  for (const auto& [key, value] : load_checkpoint(path("c")).state) {
    const auto* t = std::get_if<Tensor>(&value);
    EXPECT_TRUE(!t || all_finite(*t)) << key;
  }
}

}  // namespace
}  // namespace gradus::testing
