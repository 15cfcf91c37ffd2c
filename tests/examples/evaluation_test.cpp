// How a model is judged on images that it was not trained on, and the matrix that says where it errs.
#include <gradus/examples/training/evaluation.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace gradus::testing {
namespace {

using namespace gradus::examples;

// Its logits are the pixels.
class Identity : public Layer {
  Variable forward(const Variable& x) override { return x; }
};

// Images of as many pixels as there are classes: the brightest is what Identity predicts.
ImageSet images(const std::vector<int>& predictions, const std::vector<std::int32_t>& labels, int classes) {
  ImageSet set = {
      .pixels = {}, .labels = labels, .count = std::ssize(labels), .rows = 1, .columns = classes, .classes = classes};
  for (const int prediction : predictions) {
    for (int p = 0; p < classes; ++p) set.pixels.push_back(p == prediction ? 255 : 0);
  }
  return set;
}

TEST(Evaluation, RowsOfTheConfusionMatrixAreLabels) {
  const ImageSet set = images({0, 0, 1}, {0, 1, 1}, 2);
  Batches batches(set, 2);  // the last batch is smaller, which its loss must not count for more
  Identity model;
  const Evaluation e = evaluate(model, batches);
  EXPECT_EQ(e.confusion, (std::vector<std::int64_t>{1, 0, 1, 1}));
  EXPECT_EQ(e.count, 3);
  EXPECT_EQ(e.correct, 2);
  EXPECT_NEAR(e.loss, (2 * std::log(1 + std::exp(-1)) + std::log(1 + std::exp(1))) / 3, 1e-6);
  EXPECT_EQ(confusion_text(e),
            "confusion matrix (rows: label, columns: prediction)\n"
            "          0     1\n"
            "    0     1     0\n"
            "    1     1     1\n");
}

TEST(Evaluation, OfManyClassesTheMostFrequentConfusionsAreListed) {
  Evaluation e;
  e.classes = 21;
  e.confusion.resize(21 * 21);
  const auto taken_for = [&](int label, int prediction) -> std::int64_t& {
    return e.confusion[static_cast<std::size_t>(label * 21 + prediction)];
  };
  taken_for(2, 2) = 100;  // which is none
  taken_for(3, 5) = 9;
  taken_for(4, 6) = 2;
  EXPECT_EQ(confusion_text(e), "most frequent confusions\n     9 times 3 taken for 5\n     2 times 4 taken for 6\n");
  for (int label = 7; label < 20; ++label) taken_for(label, 0) = 3;
  const std::string text = confusion_text(e);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 11) << "ten of them";
  EXPECT_EQ(text.find("4 taken for 6"), std::string::npos);
}

TEST(Evaluation, InferLeavesTheModeAsItWas) {
  Identity model;
  EXPECT_EQ(infer(model, Tensor({1, 2}, {1, 2})), Tensor({1, 2}, {1, 2}));
  EXPECT_TRUE(model.training());
  model.eval();
  infer(model, Tensor({1, 2}, {1, 2}));
  EXPECT_FALSE(model.training());
}

// 0 / 0 for every class.
class NotANumber : public Layer {
  Variable forward(const Variable& x) override { return x * std::numeric_limits<Scalar>::quiet_NaN(); }
};

TEST(Evaluation, WhatIsNotANumberIsOfNoClass) {
  const ImageSet set = images({0, 0, 1}, {0, 1, 1}, 2);
  Batches batches(set, 3);
  NotANumber model;
  Evaluation e = evaluate(model, batches);
  EXPECT_EQ(e.unclassified, 3);
  EXPECT_EQ(e.correct, 0);
  EXPECT_EQ(e.confusion, std::vector<std::int64_t>(4, 0));
  e.count = 50;
  EXPECT_NE(confusion_text(e).find("\n3 of no class: "), std::string::npos) << confusion_text(e);
}

}  // namespace
}  // namespace gradus::testing
