// Everything together: a small network learns, the same way every time, in memory that does not grow.
#include <gradus/core/tensor/storage.h>
#include <gradus/layers/batch_norm.h>
#include <gradus/layers/dropout.h>
#include <gradus/layers/linear.h>
#include <gradus/layers/relu.h>
#include <gradus/layers/sequential.h>
#include <gradus/optim/adam.h>
#include <gradus/optim/clip.h>
#include <gradus/optim/schedule.h>
#include <gradus/optim/sgd.h>

#include <gtest/gtest.h>

#include <cmath>

using namespace gradus;

namespace {

struct Data {
  Tensor x;  // [n, 2]
  std::vector<std::int32_t> labels;
};

// Three arms of a spiral, which no linear model separates.
Data spirals(std::int64_t points_an_arm) {
  Data data = {Tensor::zeros({3 * points_an_arm, 2}), {}};
  Rng rng(1);
  for (std::int64_t i = 0; i < 3 * points_an_arm; ++i) {
    const auto arm = static_cast<std::int32_t>(i % 3);
    const double radius = static_cast<double>(i / 3 + 1) / static_cast<double>(points_an_arm);
    const double angle = 4 * radius + arm * 2.0944 + 0.1 * rng.normal();
    data.x.set({i, 0}, static_cast<Scalar>(radius * std::cos(angle)));
    data.x.set({i, 1}, static_cast<Scalar>(radius * std::sin(angle)));
    data.labels.push_back(arm);
  }
  return data;
}

Sequential network(bool dropout = false) {
  Rng rng(2);
  Sequential model;
  for (const std::int64_t in : {2, 32}) {
    model.add<Linear>(in, 32, rng, LinearOptions{.bias = false});
    model.add<BatchNorm1d>(32);
    model.add<ReLU>();
    if (dropout) model.add<Dropout>(Scalar(0.1), rng);
  }
  model.add<Linear>(32, 3, rng);
  return model;
}

Scalar train_step(Tape& tape, Layer& model, Optimizer& optimizer, const Data& data) {
  tape.clear();
  const Variable loss = cross_entropy(model(tape.input(data.x)), data.labels);
  optimizer.zero_grad();
  tape.backward(loss);
  clip_grad_norm(model.parameters(), 5);
  optimizer.step();
  return loss.item();
}

double accuracy(Layer& model, const Data& data) {
  const ModeGuard evaluation(model, false);
  Tape tape(Recording::off);
  const Tensor y = model(tape.input(data.x)).value();
  int right = 0;
  for (std::int64_t i = 0; i < y.size(0); ++i) {
    int best = 0;
    for (int c = 1; c < 3; ++c) best = y.at({i, c}) > y.at({i, best}) ? c : best;
    right += best == data.labels[static_cast<std::size_t>(i)];
  }
  return right / static_cast<double>(y.size(0));
}

TEST(Training, LearnsSpirals) {
  const Data data = spirals(100);
  Sequential model = network();
  Adam optimizer(model.parameters());
  const Schedule schedule = one_cycle_schedule(300);
  Tape tape;
  const Scalar first = train_step(tape, model, optimizer, data);
  EXPECT_GT(first, 0.8);
  Scalar loss = first;
  for (int step = 0; step < 300; ++step) {
    optimizer.set_learning_rate(0.02 * schedule(step));
    loss = train_step(tape, model, optimizer, data);
  }
  EXPECT_LT(loss, 0.05);
  EXPECT_GT(accuracy(model, data), 0.98);  // by the running estimates
}

TEST(Training, SgdLearnsSpirals) {
  const Data data = spirals(100);
  Sequential model = network();
  SGD optimizer(model.parameters(), {.learning_rate = 0.1, .momentum = 0.9, .nesterov = true});
  Tape tape;
  Scalar loss = 0;
  for (int step = 0; step < 300; ++step) loss = train_step(tape, model, optimizer, data);
  EXPECT_LT(loss, 0.1);
}

TEST(Training, SameSeedSameBits) {
  const Data data = spirals(20);
  Tensor results[2];
  for (Tensor& result : results) {
    Sequential model = network(true);
    Adam optimizer(model.parameters());
    Tape tape;
    for (int step = 0; step < 20; ++step) train_step(tape, model, optimizer, data);
    result = model.parameters()[0]->value();
  }
  EXPECT_EQ(results[0], results[1]);
}

TEST(Training, MemoryStaysFlat) {
  const Data data = spirals(10);
  Sequential model = network(true);
  Adam optimizer(model.parameters());
  Tape tape;
  std::int64_t early = 0;
  for (int step = 0; step < 1000; ++step) {
    train_step(tape, model, optimizer, data);
    if (step == 10) early = Storage::bytes_in_use();
  }
  EXPECT_EQ(Storage::bytes_in_use(), early);
}

}  // namespace
