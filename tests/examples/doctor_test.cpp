// The rules of the page of train_mnist --report: each fires where it should, and only there.
#include <gradus/examples/train_mnist/report/doctor.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

namespace gradus::testing {
namespace {

using namespace gradus::examples;

Remark remark(const Symptoms& symptoms, const std::string& title) {
  for (const Remark& r : examine(symptoms)) {
    if (r.title == title) return r;
  }
  ADD_FAILURE() << "no rule " << title;
  return {};
}

// A run with these training and test losses.
Symptoms with_losses(const std::vector<double>& train, const std::vector<double>& test) {
  Symptoms s;
  for (std::size_t i = 0; i < train.size(); ++i) {
    s.history.push_back({.epoch = static_cast<std::int64_t>(i) + 1,
                         .train_loss = train[i],
                         .train_accuracy = 0.9,
                         .held_out_loss = test[i],
                         .held_out_accuracy = 0.8,
                         .learning_rate = 0.01});
  }
  return s;
}

// Nothing to remark: everything within bounds.
Symptoms healthy() {
  Symptoms s = with_losses({1, 0.5, 0.4, 0.35}, {1.1, 0.6, 0.5, 0.495});
  s.silent = {{"2 ReLU", 0.05, 4}};
  s.updates = {{"0.weight", 1e-3, 2}, {"3.weight", 2e-3, 1}};
  s.gradients = {{"0 Linear", 1e-5, 4}, {"3 Linear", 1e-3, 4}};
  s.mean_gaps = {{"1 BatchNorm1d", 0.1, 4}};
  return s;
}

TEST(Doctor, HasNothingToRemarkOnAHealthyRun) {
  for (const Remark& r : examine(healthy())) {
    EXPECT_EQ(r.kind, Remark::Kind::silent) << r.title;
    EXPECT_EQ(r.advice, "") << r.title;
    EXPECT_NE(r.rule, "");
    EXPECT_NE(r.numbers, "");
  }
}

TEST(Doctor, WarnsOfNothingWhereNothingWasTrained) {
  for (const Remark& r : examine({})) {
    EXPECT_EQ(r.kind, Remark::Kind::not_applicable) << r.title;
    EXPECT_NE(r.numbers, "") << r.title;
  }
  EXPECT_EQ(remark({}, "The numbers exploded").numbers, "needs 1 epoch, there are 0");
}

TEST(Doctor, NumbersExploded) {
  Symptoms s = healthy();
  s.failure = "the loss is nan in epoch 2";
  const Remark r = remark(s, "The numbers exploded");
  EXPECT_EQ(r.kind, Remark::Kind::warning);
  EXPECT_EQ(r.numbers, "the loss is nan in epoch 2");
}

TEST(Doctor, RateTooHigh) {
  const std::string title = "The learning rate looks too high";
  EXPECT_EQ(remark(with_losses({1, 1.09, 0.5}, {1, 1, 1}), title).kind, Remark::Kind::silent);
  const Remark rose = remark(with_losses({1, 0.5, 0.6, 0.4}, {1, 1, 1, 1}), title);
  EXPECT_EQ(rose.kind, Remark::Kind::warning);
  EXPECT_EQ(rose.numbers, "largest change of the loss +20.0 %, in epoch 3");
  EXPECT_EQ(remark(with_losses({0.1, 0.19}, {1, 1}), title).kind, Remark::Kind::silent) << "4 % of ln(10) is 0.0921";
  EXPECT_EQ(remark(with_losses({0.1, 0.195}, {1, 1}), title).kind, Remark::Kind::warning);
  EXPECT_EQ(remark(with_losses({1, 2, 4}, {1, 1, 1}), title).numbers, "largest change of the loss +100.0 %, in epoch 2")
      << "the first of equals";
  Symptoms s = healthy();
  s.updates[1].value = 0.11;
  EXPECT_EQ(remark(s, title).kind, Remark::Kind::warning);
  EXPECT_EQ(remark(s, title).numbers,
            "largest change of the loss −12.5 %, in epoch 4; largest |change| / |weights| 0.weight 0.001 (epoch 2), "
            "3.weight 0.11 (epoch 1)");
  s.updates[1].value = 0.09;
  EXPECT_EQ(remark(s, title).kind, Remark::Kind::silent);
}

TEST(Doctor, RateTooLow) {
  const std::string title = "The learning rate looks too low";
  Symptoms s = healthy();
  s.updates = {{"0.weight", 9e-5, 2}, {"3.weight", 2e-5, 1}};
  EXPECT_EQ(remark(s, title).kind, Remark::Kind::warning);
  s.updates[0].value = 1.1e-4;
  EXPECT_EQ(remark(s, title).kind, Remark::Kind::silent);
}

TEST(Doctor, NotBegunToLearn) {
  const std::string title = "It has not begun to learn";
  EXPECT_EQ(remark(with_losses({2.3, 2.25}, {1, 1}), title).kind, Remark::Kind::warning);  // ln(10) = 2.303
  EXPECT_EQ(remark(with_losses({2.3, 2.1}, {1, 1}), title).kind, Remark::Kind::silent);
  Symptoms s = with_losses({2.1}, {2});
  s.classes = 8;  // ln(8) = 2.079
  EXPECT_EQ(remark(s, title).kind, Remark::Kind::warning);
  s.evaluated_train_loss = 1.97;  // 94.7 %: it has learned by the end of the epoch
  EXPECT_EQ(remark(s, title).kind, Remark::Kind::silent);
  s.evaluated_train_loss = 1.98;
  EXPECT_EQ(remark(s, title).kind, Remark::Kind::warning);
}

TEST(Doctor, DeadUnits) {
  Symptoms s = healthy();
  s.silent = {{"2 ReLU", 0.0, 4}, {"6 ReLU", 0.1, 4}};
  EXPECT_EQ(remark(s, "Many units are dead").kind, Remark::Kind::silent);
  s.silent[1].value = 0.125;
  EXPECT_EQ(remark(s, "Many units are dead").kind, Remark::Kind::warning);
  EXPECT_EQ(remark(s, "Many units are dead").numbers, "silent at the end: 2 ReLU 0.0 %, 6 ReLU 12.5 %");
}

TEST(Doctor, GradientsThatFadeOrExplode) {
  const std::string title = "Gradients fade or explode on their way back";
  Symptoms s = healthy();
  for (const auto& [first, kind] : {std::pair{1.1e-6, Remark::Kind::silent}, std::pair{0.9e-6, Remark::Kind::warning},
                                    std::pair{0.9, Remark::Kind::silent}, std::pair{1.1, Remark::Kind::warning},
                                    std::pair{0.0, Remark::Kind::warning}}) {
    s.gradients.front().value = first;
    EXPECT_EQ(remark(s, title).kind, kind) << first;
  }
  s.gradients = {{"0 Linear", 0, 4}, {"3 Linear", 0, 4}};
  EXPECT_EQ(remark(s, title).kind, Remark::Kind::not_applicable) << "all is learned";
  s.gradients.pop_back();
  EXPECT_EQ(remark(s, title).kind, Remark::Kind::not_applicable);
}

TEST(Doctor, RunningEstimatesThatLag) {
  const std::string title = "Batch normalization evaluates with other numbers than it trained with";
  Symptoms s = healthy();
  s.mean_gaps[0].value = 0.29;
  EXPECT_EQ(remark(s, title).kind, Remark::Kind::silent);
  s.mean_gaps[0].value = 0.31;
  EXPECT_EQ(remark(s, title).kind, Remark::Kind::warning);
  s.mean_gaps.clear();
  EXPECT_EQ(remark(s, title).kind, Remark::Kind::not_applicable);
}

TEST(Doctor, Overfitting) {
  const std::string title = "It is overfitting";
  const Remark r = remark(with_losses({1, 0.5, 0.3, 0.2, 0.1}, {1, 0.5, 0.51, 0.52, 0.55}), title);
  EXPECT_EQ(r.kind, Remark::Kind::warning);
  EXPECT_EQ(r.numbers,
            "test loss lowest in epoch 2 of 5 (0.5000), at the end 0.5500 (+10.0 %); training loss 0.5000 then, 0.1000 "
            "at the end");
  EXPECT_NE(r.advice.find("more images, or --augment"), std::string::npos) << r.advice;
  EXPECT_EQ(remark(with_losses({1, 0.5, 0.3, 0.2, 0.1}, {1, 0.5, 0.51, 0.52, 0.53}), title).kind,
            Remark::Kind::warning);
  // The best is only two epochs ago; it has risen by 4 %; the training loss has risen too, or has fallen by 4 %.
  EXPECT_EQ(remark(with_losses({1, 0.5, 0.3, 0.2}, {1, 0.5, 0.51, 0.55}), title).kind, Remark::Kind::silent);
  EXPECT_EQ(remark(with_losses({1, 0.5, 0.3, 0.2, 0.1}, {1, 0.5, 0.51, 0.52, 0.52}), title).kind, Remark::Kind::silent);
  EXPECT_EQ(remark(with_losses({1, 0.5, 0.3, 0.2, 0.6}, {1, 0.5, 0.51, 0.52, 0.7}), title).kind, Remark::Kind::silent);
  EXPECT_EQ(remark(with_losses({1, 0.5, 0.3, 0.2, 0.48}, {1, 0.5, 0.51, 0.52, 0.7}), title).kind, Remark::Kind::silent);
  EXPECT_EQ(remark(with_losses({1, 0.5, 0.3}, {1, 2, 3}), title).kind, Remark::Kind::not_applicable);
}

TEST(Doctor, StillImproving) {
  const std::string title = "It was still improving";
  const Remark r = remark(with_losses({1, 0.9}, {1, 0.97}), title);
  EXPECT_EQ(r.kind, Remark::Kind::note);
  EXPECT_EQ(r.numbers, "test loss 1.0000 → 0.9700 (−3.0 %) in the last epoch, lowest in epoch 2");
  EXPECT_EQ(remark(with_losses({1, 0.9}, {1, 0.975}), title).kind, Remark::Kind::note);
  EXPECT_EQ(remark(with_losses({1, 0.9}, {1, 0.99}), title).kind, Remark::Kind::silent);
  EXPECT_EQ(remark(with_losses({1, 0.9, 0.8}, {0.5, 1, 0.9}), title).kind, Remark::Kind::silent);  // was better before
}

// All is learned so well that not even a float's worth of loss is left, as with a single class.
TEST(Doctor, LossesOfZero) {
  const Symptoms s = with_losses({0, 0, 0, 0}, {0, 0, 0, 0});
  for (const Remark& r : examine(s)) {
    EXPECT_NE(r.kind, Remark::Kind::warning) << r.title;
    EXPECT_EQ(r.numbers.find("nan"), std::string::npos) << r.numbers;
  }
  EXPECT_EQ(remark(with_losses({0, 0.5}, {0, 0}), "The learning rate looks too high").kind, Remark::Kind::warning);
}

TEST(Doctor, BetterOnNewImages) {
  const std::string title = "It does better on new images than in training, and that is no mistake";
  Symptoms s = with_losses({1, 0.6}, {1, 0.2});
  EXPECT_EQ(remark(s, title).kind, Remark::Kind::silent);  // no reason is known
  s.dropout = true;
  EXPECT_EQ(remark(s, title).kind, Remark::Kind::silent) << "the accuracy is worse";
  s.history.back().held_out_accuracy = 0.9;
  EXPECT_EQ(remark(s, title).kind, Remark::Kind::note);
  EXPECT_EQ(remark(s, title).advice.find("Label smoothing"), std::string::npos);
  s.dropout = false;
  s.label_smoothing = true;
  EXPECT_EQ(remark(s, title).kind, Remark::Kind::silent) << "a smoothed loss and a plain one are not alike";
  s.history.back().held_out_loss = 0.7;
  EXPECT_EQ(remark(s, title).kind, Remark::Kind::silent);
  s.history.back().held_out_accuracy = 0.95;
  EXPECT_EQ(remark(s, title).kind, Remark::Kind::note);
  EXPECT_NE(remark(s, title).advice.find("Label smoothing"), std::string::npos);
  // The default recipe at its end: 99.96 % in training, 98.90 % on new images, though its loss is lower there.
  s.dropout = true;
  s.history.back().train_accuracy = 0.9996;
  s.history.back().held_out_accuracy = 0.9890;
  s.history.back().train_loss = 0.5214;
  s.history.back().held_out_loss = 0.1327;
  EXPECT_EQ(remark(s, title).kind, Remark::Kind::silent);
  s.label_smoothing = false;
  EXPECT_EQ(remark(s, title).kind, Remark::Kind::silent) << "the accuracy is worse";
}

}  // namespace
}  // namespace gradus::testing
