// The code of examples/how_to.md: compiled, run, and compared by the last test. What stands there under a heading
// begins here with a comment that has its name in brackets.
#include "temporary_folder.h"

#include <gradus/gradus.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <string>
#include <utility>

using namespace gradus;

namespace {

void add_layers(Sequential& model, std::int64_t classes, Rng& rng) {
  model.add<Linear>(4, 16, rng);
  model.add<BatchNorm1d>(16);
  model.add<ReLU>();
  model.add<Linear>(16, classes, rng);
}

class HowTo : public ::testing::Test {
 protected:
  HowTo() {
    add_layers(model, 3, rng);
    for (std::int64_t i = 0; i < 32; ++i) labels.push_back(x.at({i, 0}) > 0 ? 2 : x.at({i, 1}) > 0 ? 1 : 0);
  }
  void train_on_a_batch(Optimizer& optimizer) {
    Tape tape;
    const Variable loss = cross_entropy(model(tape.input(x)), labels);
    optimizer.zero_grad();
    tape.backward(loss);
    optimizer.step();
  }
  const Tensor& weight(std::size_t layer) { return model.children()[layer]->parameters()[0]->value(); }

  Rng rng{1};
  Sequential model;
  const Tensor x = rng.normal({32, 4});
  std::vector<std::int32_t> labels;
  gradus::testing::TemporaryFolder folder;
};

TEST_F(HowTo, Predict) {
  SGD optimizer(model.parameters(), {.learning_rate = 0.5});
  for (int i = 0; i < 200; ++i) train_on_a_batch(optimizer);
  // [Predict]
  model.eval();               // batch normalization by its running estimates, no dropout
  Tape tape(Recording::off);  // only computes
  const Tensor logits = model(tape.input(x)).value();
  const std::vector<std::int32_t> classes = predictions(logits);
  const Tensor probabilities = softmax(logits);  // each row adds up to 1
  // [end]
  EXPECT_EQ(classes, labels);
  EXPECT_NEAR(sum(probabilities).item(), 32, 1e-4);
}

TEST_F(HowTo, Evaluate) {
  ImageSet images{.pixels = std::vector<std::uint8_t>(40), .labels = std::vector<std::int32_t>(10)};
  images.count = 10, images.rows = images.columns = 2, images.classes = 3;
  Batches batches(images, 4);
  {
    // [Evaluate]
    const ModeGuard evaluation(model, false);  // at the end of the block, every layer's own mode is back
    Tape tape(Recording::off);
    std::int64_t correct = 0;
    for (const Batch& batch : batches) {
      correct += count_correct(model(tape.input(batch.images)).value(), batch.labels);
    }
    const double accuracy = static_cast<double>(correct) / static_cast<double>(batches.image_count());
    // [end]
    EXPECT_TRUE(accuracy == 0 || accuracy == 1);  // all images are the same
    EXPECT_FALSE(model.training());
  }
  EXPECT_TRUE(model.training());
}

TEST_F(HowTo, Freeze) {
  // [Freeze]
  Module& first = *model.children()[0];
  for (Parameter* parameter : first.parameters()) parameter->freeze();
  AdamW optimizer(model.parameters(), {.learning_rate = 1e-2});
  // [end]
  const Tensor frozen = weight(0), other = weight(3);
  train_on_a_batch(optimizer);
  EXPECT_TRUE(weight(0) == frozen && !(weight(3) == other));
}

TEST_F(HowTo, FineTune) {
  const std::string file = folder / "three_classes.safetensors";
  save_safetensors(file, model.state_dict());
  const Tensor trained_weight = weight(0);
  Sequential model;
  add_layers(model, 5, rng);
  // [Fine-tune]
  const StateDict trained = load_safetensors(file).state;
  StateDict state = model.state_dict();  // of a model that ends in other classes
  for (auto& [key, value] : state) {
    if (!key.starts_with("3.")) value = *find(trained, key);
  }
  model.load_state_dict(state);

  ParameterGroup body, head;
  body.learning_rate_factor = 0.1;
  for (const auto& [key, parameter] : model.named_parameters()) {
    (key.starts_with("3.") ? head : body).parameters.push_back(parameter);
  }
  AdamW optimizer({body, head}, {.learning_rate = 1e-3});
  // [end]
  EXPECT_EQ(model.parameters()[0]->value(), trained_weight);
  EXPECT_EQ(optimizer.slots()[5].learning_rate_factor, 1);
}

TEST_F(HowTo, Clip) {
  SGD optimizer(model.parameters());
  Tape tape;
  const Variable loss = cross_entropy(model(tape.input(x)), labels) * 1000;
  // [Clip]
  optimizer.zero_grad();
  tape.backward(loss);
  const double norm = clip_grad_norm(model.parameters(), 1.0);  // what it was before
  optimizer.step();
  // [end]
  EXPECT_GT(norm, 1);
  EXPECT_NEAR(grad_norm(model.parameters()), 1, 1e-4);
}

TEST_F(HowTo, Schedule) {
  AdamW optimizer(model.parameters());
  constexpr int steps = 100;
  // [Change the rate by a schedule]
  const Schedule schedule = one_cycle_schedule(steps);  // or with_warm_up(500, cosine_schedule(steps))
  for (std::int64_t i = 0; i < steps; ++i) {
    optimizer.set_learning_rate(3e-3 * schedule(i));  // 3e-3 is the highest
    train_on_a_batch(optimizer);                      // forward, backward, step
  }
  // [end]
  EXPECT_LT(optimizer.learning_rate(), 1e-6);
}

TEST_F(HowTo, Accumulate) {
  Linear model(4, 3, rng);
  SGD optimizer(model.parameters(), {.learning_rate = 0});
  Tape whole, tape;
  const Variable at_once = cross_entropy(model(whole.input(x)), labels);
  whole.backward(at_once);
  const Tensor expected = model.weight().grad();
  // [Accumulate over batches]
  optimizer.zero_grad();
  for (std::int64_t i = 0; i < 4; ++i) {  // 4 times 8 samples, for a step as of 32
    const std::span part = std::span(labels).subspan(static_cast<std::size_t>(8 * i), 8);
    const Variable loss = cross_entropy(model(tape.input(x.rows(8 * i, 8 * i + 8))), part);
    tape.backward(loss / 4);  // gradients add until the next zero_grad()
    tape.clear();
  }
  optimizer.step();
  // [end]
  for (std::int64_t i = 0; i < 12; ++i) {
    EXPECT_NEAR(model.weight().grad().data()[i], expected.data()[i], 1e-6);
  }
}

TEST_F(HowTo, SaveAndResume) {
  Adam optimizer(model.parameters());
  train_on_a_batch(optimizer);
  const std::string weights = folder / "weights.safetensors", file = folder / "run.checkpoint";
  int epoch = 3;
  // [Save and resume]
  save_safetensors(weights, model.state_dict());
  model.load_state_dict(load_safetensors(weights).state);
  // [end]
  // [Save and resume]
  Checkpoint now{.state = {}, .metadata = {{"epoch", std::to_string(epoch)}}};
  add_part(now.state, "model", model.state_dict());
  add_part(now.state, "optimizer", optimizer.state_dict());
  add_part(now.state, "random", model.random_state());  // of dropout layers
  now.state.emplace_back("rng", random_state(rng));
  save_checkpoint(file, now);
  // [end]
  const std::uint64_t next = rng.next();
  train_on_a_batch(optimizer);
  const Tensor went_on = weight(0);
  epoch = 0;
  // [Save and resume]
  Checkpoint then = load_checkpoint(file);
  model.load_state_dict(take_part(then.state, "model"));
  optimizer.load_state_dict(take_part(then.state, "optimizer"));
  model.load_random_state(take_part(then.state, "random"));
  rng.set_state(random_state(take<std::vector<std::int64_t>>(then.state, "rng")));
  epoch = std::stoi(*find(then.metadata, "epoch"));
  // [end]
  EXPECT_EQ(epoch, 3);
  EXPECT_EQ(rng.next(), next);
  train_on_a_batch(optimizer);
  EXPECT_EQ(weight(0), went_on);
}

TEST_F(HowTo, Gradients) {
  std::ostringstream out;
  {
    // [See the gradients inside]
    Tape tape;
    const History history(tape);  // before what it is to keep
    const Variable logits = model(tape.input(x));
    tape.backward(cross_entropy(logits, labels));
    const Tensor& dlogits = *history.grad(tape.node_of(logits));
    for (int i = 0; i < tape.size(); ++i) {
      if (const Tensor* dy = history.grad(i)) out << tape.node(i).layer << ' ' << sqrt(sum(*dy * *dy)) << '\n';
    }
    // [end]
    EXPECT_EQ(dlogits.shape(), logits.shape());
    EXPECT_NE(out.str().find("2.relu 0."), std::string::npos) << out.str();
  }
  // [The gradient of an input]
  model.eval();
  Tape tape;
  const Variable input = tape.variable(x);  // not tape.input(x)
  const Variable logits = model(input);
  tape.backward(sum(slice(logits, 1, 2, 3)));  // of the scores for class 2
  const Tensor& dx = input.grad();             // which features speak for it, in each sample
  // [end]
  EXPECT_EQ(dx.shape(), x.shape());
}

TEST_F(HowTo, L2ByGroup) {
  // [Decay some parameters and not others]
  ParameterGroup weights, others;
  others.weight_decay = 0;
  for (Parameter* parameter : model.parameters()) {
    (parameter->shape().rank() >= 2 ? weights : others).parameters.push_back(parameter);
  }
  SGD optimizer({weights, others}, {.learning_rate = 0.1, .momentum = 0.9, .weight_decay = 1e-4});
  // [end]
  std::map<double, int> count;
  for (const Optimizer::Slot& slot : optimizer.slots()) ++count[slot.weight_decay];
  EXPECT_EQ(count, (std::map<double, int>{{0, 4}, {1e-4, 2}}));
}

// Lines without the indentation that all of them share.
std::string at_the_margin(const std::vector<std::string>& lines) {
  std::size_t margin = std::string::npos;
  for (const std::string& line : lines) margin = std::min(margin, line.find_first_not_of(' '));
  std::string text;
  for (const std::string& line : lines) text += (line.empty() ? line : line.substr(margin)) + '\n';
  return text;
}

// What stands between lines that begin a region (and name it) and the next that ends it.
using Regions = std::map<std::string, std::string>;

Regions in_sources(const std::string& folder) {
  Regions regions;
  for (const char* file : {"how_to_test.cpp", "how_to_own_test.cpp"}) {
    std::istringstream in(gradus::testing::read_file(folder + '/' + file));
    std::string name;
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) {
      const std::string code = line.substr(std::min(line.find_first_not_of(' '), line.size()));
      if (code == "// [end]") {
        regions[std::exchange(name, {})] += at_the_margin(std::exchange(lines, {}));
      } else if (code.starts_with("// [")) {
        name = code.substr(4, code.size() - 5);
      } else if (!name.empty()) {
        lines.push_back(line);
      }
    }
  }
  return regions;
}

Regions in_text(const std::string& path) {
  Regions regions;
  std::istringstream in(gradus::testing::read_file(path));
  std::string heading;
  bool code = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("## ")) heading = line.substr(3);
    if (line == "```") code = false;
    if (code) regions[heading] += line + '\n';
    if (line == "```cpp") code = true;
  }
  return regions;
}

TEST(HowToText, ShowsWhatIsTested) {
  const std::string folder = GRADUS_TEST_DIR;
  const Regions tested = in_sources(folder + "/examples"), shown = in_text(folder + "/../examples/how_to.md");
  EXPECT_GT(tested.size(), 15u);
  EXPECT_EQ(shown, tested);
}

}  // namespace
