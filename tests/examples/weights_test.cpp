// Weights that travel: --save, --load, --onnx, and other programs' opinion of them.
#include "distance.h"
#include "error_of.h"
#include "examples/train_mnist_run.h"

#include <gradus/core/io/safetensors.h>
#include <gradus/examples/train_mnist/model.h>
#include <gradus/examples/train_mnist/onnx.h>
#include <gradus/layers/batch_norm.h>
#include <gradus/layers/conv2d.h>
#include <gradus/layers/dropout.h>
#include <gradus/layers/flatten.h>
#include <gradus/layers/linear.h>
#include <gradus/layers/max_pool2d.h>
#include <gradus/layers/relu.h>
#include <gradus/layers/sigmoid.h>
#include <gradus/layers/tanh.h>

namespace gradus::testing {
namespace {

namespace fs = std::filesystem;

const std::string reference = std::string(GRADUS_TEST_DIR) + "/reference/";

// The network of the fixture.
Sequential network(bool no_bn, double dropout) {
  examples::Options options;
  options.hidden = {16, 8};
  options.no_bn = no_bn;
  options.dropout = dropout;
  Rng rng(1);
  return examples::make_model(options, {4, 5}, 3, rng);
}
Sequential golden_network() { return network(false, 0); }  // that of the golden files

Tensor logits(Layer& model, const Tensor& x) {
  const ModeGuard evaluation(model, false);
  Tape tape(Recording::off);
  return model(tape.input(x)).value();
}

TEST(PyTorchsWeights, AFileOfPyTorchGivesPyTorchsLogits) {
  Sequential model = golden_network();
  model.load_state_dict(load_safetensors(reference + "pytorch.safetensors").state);
  const StateDict golden = load_safetensors(reference + "pytorch_logits.safetensors").state;
  const Tensor x = std::get<Tensor>(*find(golden, "x"));
  EXPECT_LT(distance(logits(model, x), std::get<Tensor>(*find(golden, "logits"))), 1e-6);
  EXPECT_EQ(std::get<std::int64_t>(*find(model.state_dict(), "1.num_batches_tracked")), 20);
}

// The other way round, without PyTorch: what we save is what PyTorch saved, so PyTorch can load it.
TEST(PyTorchsWeights, WeSaveWhatPyTorchSaves) {
  const Safetensors theirs = load_safetensors(reference + "pytorch.safetensors");
  Sequential model = golden_network();
  model.load_state_dict(theirs.state);
  const TemporaryFolder folder;
  const std::string path = (folder / "w").string();
  save_safetensors(path, model.state_dict(), {{"format", "pt"}});
  const Safetensors ours = load_safetensors(path);
  EXPECT_EQ(ours.metadata, theirs.metadata);
  EXPECT_EQ(ours.state.size(), theirs.state.size());
  for (const auto& [key, value] : theirs.state) {  // the order is free
    const StateValue* same = find(ours.state, key);
    EXPECT_TRUE(same && *same == value) << key;
  }
}

class Weights : public TrainMnist {
 protected:
  // What the scripts look at: weights, a model, an input and the logits that we compute from it.
  void write_all(bool no_bn = false, double dropout = 0) {
    const Outcome outcome = run("--quiet --epochs 3 --dropout " + std::to_string(dropout) + (no_bn ? " --no-bn" : "") +
                                " --save " + path("weights.safetensors") + " --onnx " + path("model.onnx"));
    ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
    Sequential model = network(no_bn, dropout);
    model.load_state_dict(load_safetensors(path("weights.safetensors")).state);
    write_logits(model, 20);
  }
  void write_logits(Layer& model, std::int64_t inputs) {
    const Tensor x = Rng(5).uniform({7, inputs}, 0, 1);
    save_safetensors(path("logits.safetensors"), {{"x", x}, {"logits", logits(model, x)}});
  }
  // Runs a script on the folder with $GRADUS_PYTHON; skips if that has not the packages that the script imports.
  void run_script(const std::string& packages, const std::string& script) {
    const std::string python = "\"${GRADUS_PYTHON:-python3}\" ", import = "-c 'import " + packages + "'";
    if (run_program(python + import).exit_code != 0) {
      GTEST_SKIP() << "needs a Python with " << packages << " in the environment variable GRADUS_PYTHON";
    }
    const Outcome outcome = run_program(python + GRADUS_TEST_DIR "/" + script + " " + folder_.string());
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output << outcome.errors;
    std::cout << outcome.output;
  }
};

TEST_F(Weights, OthersGetOurLogitsFromOurFile) {
  write_all();
  run_script("numpy, safetensors", "reference/check_safetensors.py");
}

TEST_F(Weights, OnnxModelIsValid) {
  for (const bool no_bn : {false, true}) {
    write_all(no_bn, 0.2);
    run_script("onnx", "onnx/check_model.py");
  }
}

TEST_F(Weights, OnnxRuntimeGetsOurLogits) {
  for (const bool no_bn : {false, true}) {
    write_all(no_bn, 0.2);
    run_script("onnxruntime, numpy, safetensors", "onnx/run_model.py");
  }
}

// Every layer that can be exported, nested, with state that a forgotten detail would show in.
Sequential all_layers() {
  Rng rng(3);
  Sequential model;
  model.add<Flatten>();
  auto& inner = model.add<Sequential>();
  inner.add<Linear>(6, 5, rng);
  inner.add<BatchNorm1d>(5, BatchNorm1dOptions{.eps = Scalar(0.1)});
  inner.add<Tanh>();
  inner.add<Dropout>(Scalar(0.5), rng);
  model.add<Linear>(5, 4, rng, LinearOptions{.bias = false});
  model.add<BatchNorm1d>(4, BatchNorm1dOptions{.affine = false});
  model.add<Sigmoid>();
  model.add<ReLU>();
  model.add<Linear>(4, 3, rng);
  Tape tape;
  for (int step = 0; step < 3; ++step) model(tape.input(rng.normal({8, 6}, 1, 2)));
  return model;
}

// The bytes that the programs below have read and computed with, where there are such: a file of our own, so that a
// difference is noticed where there are none. After a change that is meant, they read it anew: the test writes the new
// file into the folder that it names.
TEST(Onnx, TheBytesAreThoseThatOthersHaveRead) {
  Sequential model = all_layers();
  StateDict state = model.state_dict();
  Scalar next = 0;  // multiples of 1/8, and positive: the same on every machine
  for (auto& [key, value] : state) {
    if (auto* tensor = std::get_if<Tensor>(&value)) {
      for (Scalar& x : tensor->mutable_values()) x = (next = next < 3 ? next + Scalar(0.125) : Scalar(0.25));
    }
  }
  model.load_state_dict(state);
  const std::string bytes = examples::onnx_model(model, 6);
  const bool same = bytes == read_file(reference + "layers.onnx");
  const std::string now = ::testing::TempDir() + "layers.onnx";
  if (!same) std::ofstream(now, std::ios::binary) << bytes;
  EXPECT_TRUE(same) << "what is written now is in " << now;
}

TEST_F(Weights, EveryLayerCanBeExported) {
  Sequential model = all_layers();
  std::ofstream(path("model.onnx"), std::ios::binary) << examples::onnx_model(model, 6);
  write_logits(model, 6);
  run_script("onnxruntime, numpy, safetensors", "onnx/run_model.py");
}

TEST_F(Weights, AConvolutionalNetCanBeExported) {
  Rng rng(4);
  Sequential model;
  model.add<Unflatten>(Shape{1, 6, 5});
  model.add<Conv2d>(1, 3, 3, rng, Conv2dOptions{.padding = 1, .bias = false});
  model.add<BatchNorm2d>(3);
  model.add<ReLU>();
  model.add<MaxPool2d>(2);
  model.add<Conv2d>(3, 4, 2, rng, Conv2dOptions{.stride = 2, .padding = 1});
  model.add<MaxPool2d>(2, 1);
  model.add<Flatten>();
  model.add<Linear>(4, 3, rng);
  Tape tape;
  for (int step = 0; step < 3; ++step) model(tape.input(rng.normal({8, 30}, 1, 2)));
  std::ofstream(path("model.onnx"), std::ios::binary) << examples::onnx_model(model, 30);
  write_logits(model, 30);
  run_script("onnx", "onnx/check_model.py");
  run_script("onnxruntime, numpy, safetensors", "onnx/run_model.py");
}

// The program in PyTorch reads our weights, evaluates to our numbers, and trains on, on two processes.
TEST_F(Weights, PyTorchGoesOnWhereWeStopped) {
  const std::string python = "\"${GRADUS_PYTHON:-python3}\" ";
  if (run_program(python + "-c 'import numpy, torch, safetensors'").exit_code != 0) {
    GTEST_SKIP() << "needs a Python with numpy, safetensors and torch in the environment variable GRADUS_PYTHON";
  }
  const std::string nets[] = {"--clip-norm 1", "--model cnn --channels 3 --optimizer sgd --schedule cosine"};
  for (const std::string& net : nets) {
    const Outcome trained = run("--quiet --epochs 3 " + net + " --save " + path("w") + " --metrics " + path("m") +
                                " --pytorch " + path("net.py"));
    ASSERT_EQ(trained.exit_code, 0) << trained.errors;
    const std::string ours = lines(read_file(path("m"))).back();
    const Outcome theirs = run_program(python + path("net.py") + " --load " + path("w"));
    double loss = 0, accuracy = 0;
    ASSERT_EQ(std::sscanf(theirs.output.c_str(), "test_loss %lf test_accuracy %lf", &loss, &accuracy), 2)
        << theirs.output << theirs.errors;
    EXPECT_NEAR(loss, field(ours, "test_loss"), 1e-4) << net;
    EXPECT_NEAR(accuracy, field(ours, "test_accuracy"), 1e-4) << net;
    const Outcome on = run_program(python + "-m torch.distributed.run --standalone --nproc-per-node 2 " +
                                   GRADUS_TEST_DIR "/reference/run_and_end.py " + path("net.py") + " --load " +
                                   path("w") + " --epochs 2 --save " + path("more"));
    EXPECT_EQ(on.exit_code, 0) << on.output << on.errors;
    EXPECT_NE(on.output.find("epoch 2/2"), std::string::npos) << on.output;
    EXPECT_EQ(run("--quiet --epochs 0 " + net + " --load " + path("more")).exit_code, 0) << "and we read theirs";
  }
}

TEST_F(Weights, OnnxSaysWhatItCannotExport) {
  class Unknown : public Layer {
    Variable forward(const Variable& x) override { return x; }
  };
  Sequential model;
  model.add<Unknown>();
  EXPECT_EQ(error_of([&] { examples::onnx_model(model, 6); }), "onnx: there is no operator for the layer Unknown");
  Sequential untracked;
  untracked.add<BatchNorm1d>(4, BatchNorm1dOptions{.track_running_stats = false});
  EXPECT_NE(error_of([&] { examples::onnx_model(untracked, 4); }).find("has no running estimates to export"),
            std::string::npos);
}

TEST_F(Weights, WhatIsSavedIsLoadedAndEvaluatesTheSame) {
  ASSERT_EQ(run("--quiet --epochs 2 --save " + path("w") + " --metrics " + path("m")).exit_code, 0);
  const Outcome evaluated =
      run("--epochs 0 --load " + path("w") + " --save " + path("again") + " --metrics " + path("m0"));
  ASSERT_EQ(evaluated.exit_code, 0) << evaluated.errors;
  const std::string trained = lines(read_file(path("m"))).back();
  const std::vector<std::string> metrics = lines(read_file(path("m0")));
  ASSERT_EQ(metrics.size(), 1u);
  EXPECT_EQ(field(metrics[0], "epoch"), 0);
  EXPECT_EQ(field(metrics[0], "test_loss"), field(trained, "test_loss"));
  EXPECT_EQ(field(metrics[0], "test_accuracy"), field(trained, "test_accuracy"));
  EXPECT_TRUE(read_file(path("w")) == read_file(path("again")));

  std::vector<std::string> keys;
  for (const auto& [key, value] : load_safetensors(path("w")).state) keys.push_back(key);
  EXPECT_EQ(keys, (std::vector<std::string>{"0.weight", "1.weight", "1.bias", "1.running_mean", "1.running_var",
                                            "1.num_batches_tracked", "4.weight", "5.weight", "5.bias", "5.running_mean",
                                            "5.running_var", "5.num_batches_tracked", "8.weight", "8.bias"}));
  EXPECT_EQ(std::get<Tensor>(load_safetensors(path("w")).state[0].second).shape(), (Shape{16, 20}));
}

TEST_F(Weights, AMismatchSaysWhatAndLoadsNothing) {
  StateDict state = golden_network().state_dict();
  save_safetensors(path("w"), state);
  const auto error = [&](const std::string& flags) {
    const Outcome outcome = run("--epochs 0 --dropout 0 " + flags + " --metrics " + path("m") + " --load " + path("w"));
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_EQ(lines(outcome.errors).size(), 1u);
    EXPECT_FALSE(fs::exists(path("m")));
    return outcome.errors;
  };
  const std::string start =
      "train_mnist: " + path("w") + ": is not of this network: load_state_dict: nothing was loaded";
  EXPECT_EQ(error("--no-bn").find(start + "; missing 0.bias; "), 0u) << error("--no-bn");
  state[0].second = Tensor::zeros({20, 16});
  state[5].second = Tensor::zeros({});
  state[7].first = "4.gamma";
  save_safetensors(path("w"), state);
  EXPECT_EQ(error(""), start +
                           "; 0.weight should be [16, 20], got [20, 16]; 1.num_batches_tracked should be an integer, "
                           "got a tensor; missing 4.weight; unexpected 4.gamma\n");
  std::ofstream(path("w")) << "something else";
  EXPECT_EQ(error(""), "train_mnist: " + path("w") +
                           ": the header claims 7956005065853857651 bytes, more than 100000000: is this a safetensors "
                           "file?\n");
  fs::remove(path("w"));
  EXPECT_EQ(error(""), "train_mnist: " + path("w") + ": cannot read: No such file or directory\n");
}

TEST_F(Weights, OutputsThatCannotBeWrittenAreFoundBeforeTraining) {
  for (const std::string flag : {"--save", "--onnx", "--checkpoint", "--metrics"}) {
    const Outcome outcome = run("--epochs 1 " + flag + " " + path("no/f"));
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_EQ(outcome.errors, "train_mnist: " + path("no/f") + ": cannot write: No such file or directory\n");
    EXPECT_EQ(outcome.output, "");
  }
  for (const std::string flag : {"--save", "--onnx", "--checkpoint", "--metrics"}) {
    const Outcome outcome = run("--epochs 1 --quiet " + flag + " /dev/full");
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_EQ(outcome.errors, "train_mnist: /dev/full: cannot write: No space left on device\n") << flag;
  }
}

TEST_F(Weights, NumbersThatAreNotFiniteStayJson) {
  StateDict state = golden_network().state_dict();
  std::get<Tensor>(state.back().second).mutable_data()[0] = std::nanf("");
  save_safetensors(path("w"), state);
  ASSERT_EQ(run("--quiet --epochs 0 --dropout 0 --load " + path("w") + " --metrics " + path("m")).exit_code, 0);
  EXPECT_NE(read_file(path("m")).find("\"test_loss\": null, \"test_accuracy\": "), std::string::npos);
}

TEST_F(Weights, WorseThanAGuessIsRemarkedUponBetterIsNot) {
  EXPECT_EQ(run("--epochs 1").output.find("remark"), std::string::npos);
  StateDict state = golden_network().state_dict();
  ASSERT_EQ(run("--quiet --epochs 20 --dropout 0 --label-smoothing 0 --save " + path("w")).exit_code, 0);
  const std::string load = "--epochs 1 --dropout 0 --label-smoothing 0 --load " + path("w");
  EXPECT_EQ(run(load).output.find("remark"), std::string::npos);
  std::get<Tensor>(state.back().second) = Tensor({3}, {0, 0, 50});
  save_safetensors(path("w"), state);
  EXPECT_NE(run(load).output.find("far from ln(3) = 1.099, that of a guess: look at data, initialisation and dropout"),
            std::string::npos);
}

}  // namespace
}  // namespace gradus::testing
