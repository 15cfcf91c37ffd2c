// Checkpoints that no damage makes, but an enemy or another program might.
#include "error_of.h"
#include "examples/train_mnist_run.h"

#include <gradus/core/io/dataset.h>
#include <gradus/examples/train_mnist/training.h>

namespace gradus::testing {
namespace {

class CraftedCheckpoint : public TrainMnist {
 protected:
  CraftedCheckpoint() : data_(load_dataset(folder_.string())) {
    options_ = {.epochs = 3, .batch_size = 20, .hidden = {4}, .learning_rate = 0.01};
  }
  // What restoring says after the checkpoint was changed.
  std::string error(const std::function<void(Checkpoint&)>& change) {
    examples::Training before(options_, data_), after(options_, data_);
    Checkpoint checkpoint = before.checkpoint();
    change(checkpoint);
    return error_of<std::runtime_error>(
        [&] { after.restore(parse_checkpoint(format_checkpoint(checkpoint), "c"), "c"); });
  }
  std::string error_with(const std::string& key, const StateValue& value) {
    return error([&](Checkpoint& c) {
      for (auto& [name, old] : c.state) {
        if (name == key) old = value;
      }
    });
  }
  static void set(Checkpoint& c, const std::string& key, const std::string& value) {
    for (auto& [name, old] : c.metadata) {
      if (name == key) old = value;
    }
  }

  Dataset data_;
  examples::Options options_;
};

TEST_F(CraftedCheckpoint, IsRefusedWithTheReason) {
  using List = std::vector<std::int64_t>;
  EXPECT_EQ(error([](Checkpoint&) {}), "no error");
  EXPECT_EQ(error_with("order", List{0, 1}), "c: order: does not have each of the 200 images once");
  EXPECT_EQ(error_with("order", List(200, 5)), "c: order: does not have each of the 200 images once");
  EXPECT_EQ(error_with("order", Tensor::zeros({200})), "c: order is of another type");
  EXPECT_EQ(error_with("generator", List(4, 0)), "c: random state is zero");
  EXPECT_EQ(error_with("generator.3.rng", List(5, 1)),
            "c: load_random_state: nothing was loaded; 3.rng: random state has 5 numbers instead of 4");
  EXPECT_EQ(error_with("epoch", std::int64_t{4} << 60), "c: step 0 is not the end of epoch 4611686018427387904");
  EXPECT_EQ(error_with("step", std::int64_t{7}), "c: step 7 is not the end of epoch 0");
  EXPECT_EQ(error_with("optimizer.1.steps", std::int64_t{-1}),
            "c: optimizer: nothing was loaded; 1.steps is negative: -1");
  EXPECT_EQ(error_with("model.0.weight", Tensor::zeros({20, 4})),
            "c: load_state_dict: nothing was loaded; 0.weight should be [4, 20], got [20, 4]");
  EXPECT_EQ(error([](Checkpoint& c) {
              c.state.emplace_back("optimizer.0.state.0", Tensor::zeros({20, 4}));
            }),
            "c: optimizer: nothing was loaded; 0.state.0 should be [4, 20], got [20, 4]");
  EXPECT_EQ(error([](Checkpoint& c) {
              c.state.emplace_back("optimizer.0.state.1", Tensor::zeros({4, 20}));
            }),
            "c: optimizer: nothing was loaded; unexpected 0.state.1");
  EXPECT_EQ(error([](Checkpoint& c) { std::erase_if(c.state, [](auto& e) { return e.first == "order"; }); }),
            "c: missing order");
  EXPECT_EQ(error([](Checkpoint& c) { set(c, "metrics", "{}\n{}\n"); }), "c: has metrics of 2 epochs, but epoch 0");
  EXPECT_EQ(error([](Checkpoint& c) { c.metadata.clear(); }), "c: it has no data: it is not of this program");
  EXPECT_EQ(
      error([](Checkpoint& c) { set(c, "data", "none"); }).find("c: was trained on other data: none; here 200 + "), 0u);
}

// A file that an earlier program has left. It was trained on the fixture's data, as `run` does it, with
//   --epochs 1 --dropout 0.1 --schedule constant
TEST_F(CraftedCheckpoint, ThatLiesInTheTreeIsStillRead) {
  const std::string golden = GRADUS_TEST_DIR "/reference/checkpoint";
  EXPECT_EQ(std::get<std::int64_t>(*find(load_checkpoint(golden).state, "epoch")), 1);
  const Outcome outcome = run("--quiet --epochs 2 --resume " + golden + " --checkpoint " + path("c"));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_EQ(std::get<std::int64_t>(*find(load_checkpoint(path("c")).state, "epoch")), 2);
  EXPECT_EQ(format_checkpoint(load_checkpoint(golden)), read_file(golden)) << "and written the same";
}

TEST_F(CraftedCheckpoint, OfAnotherVersionIsRefused) {
  StateDict state;
  std::string bytes = format_safetensors(state, {{"checksum", "00000000"}, {"format", "gradus checkpoint 1"}});
  const auto error = [&] { return error_of<std::runtime_error>([&] { parse_checkpoint(bytes, "c"); }); };
  const std::string damaged = "c: is damaged: its checksum is ";
  ASSERT_EQ(error().find(damaged), 0u);
  bytes.replace(bytes.find("00000000"), 8, error().substr(damaged.size(), 8));
  EXPECT_EQ(error(), "c: is a checkpoint of version 1; this program reads 2");
}

// A file must not say what is written where.
TEST_F(CraftedCheckpoint, ItsConfigurationSaysNothingElse) {
  const auto error = [](const std::string& configuration) {
    const char* argv[] = {"train_mnist"};
    return error_of<std::runtime_error>([&] { examples::resume_options(1, argv, configuration, "c"); });
  };
  EXPECT_EQ(error(examples::configuration(options_)), "no error");
  EXPECT_EQ(error(examples::configuration(options_) + " --save=/x"), "c: its configuration has --save=/x");
  EXPECT_EQ(error("--help"), "c: its configuration has --help");
  EXPECT_EQ(error("word"), "c: its configuration has word");
  EXPECT_EQ(error("--epochs=x").find("c: its configuration does not fit: --epochs: expected a whole number"), 0u);
  EXPECT_EQ(error("--seed=1 --seed=2"), "c: its configuration does not fit: --seed: given twice");
  EXPECT_EQ(error("--seed=3").find("c: is of another training: no --hidden, "), 0u);
}

}  // namespace
}  // namespace gradus::testing
