// Images in batches, and what a classifier says of them.
#include "error_of.h"

#include <gradus/core/io/batches.h>
#include <gradus/core/io/predictions.h>

#include <gtest/gtest.h>

#include <limits>

#include <algorithm>

namespace gradus {
namespace {

// Image i of five has the pixels i and 255 - i, and the label i.
ImageSet five_images() {
  ImageSet set{.pixels = {}, .labels = {}, .count = 5, .rows = 1, .columns = 2, .classes = 5};
  for (std::uint8_t i = 0; i < 5; ++i) {
    set.pixels.insert(set.pixels.end(), {i, static_cast<std::uint8_t>(255 - i)});
    set.labels.push_back(i);
  }
  return set;
}

std::vector<std::int32_t> labels_of(Batches& batches) {
  std::vector<std::int32_t> labels;
  for (const Batch& batch : batches) labels.insert(labels.end(), batch.labels.begin(), batch.labels.end());
  return labels;
}

TEST(Batches, AreNumbersFromZeroToOneAndTheLastIsWhatIsLeft) {
  const ImageSet set = five_images();
  Batches batches(set, 2);
  EXPECT_EQ(batches.image_count(), 5);
  EXPECT_EQ(batches.full_batches(), 2);
  EXPECT_EQ(batches.size(), 3);
  EXPECT_EQ(batches[1].images,
            Tensor({2, 2}, {Scalar(2) / 255, Scalar(253) / 255, Scalar(3) / 255, Scalar(252) / 255}));
  EXPECT_EQ(batches[2].images.shape(), (Shape{1, 2}));
  EXPECT_EQ(labels_of(batches), (std::vector<std::int32_t>{0, 1, 2, 3, 4}));
  Batches part(set, 1, 4, 10);
  EXPECT_EQ(part.full_batches(), 0);
  EXPECT_EQ(labels_of(part), (std::vector<std::int32_t>{1, 2, 3}));
  Batches even(set, 1, 5, 2);
  EXPECT_EQ(even.full_batches(), 2);
  EXPECT_EQ(even.size(), 2);
}

TEST(Batches, HaveEachImageOnceInTheOrderOfTheSeed) {
  const ImageSet set = five_images();
  Batches once(set, 2), again(set, 2);
  Rng rng(7), same(7);
  once.shuffle(rng);
  again.shuffle(same);
  EXPECT_EQ(labels_of(once), labels_of(again));
  std::vector<std::int32_t> labels = labels_of(once);
  EXPECT_NE(labels, (std::vector<std::int32_t>{0, 1, 2, 3, 4}));
  once.shuffle(rng);
  EXPECT_NE(labels_of(once), labels);
  std::ranges::sort(labels);
  EXPECT_EQ(labels, (std::vector<std::int32_t>{0, 1, 2, 3, 4}));
}

TEST(Batches, TakeUpAnOrderThatWasPutDown) {
  const ImageSet set = five_images();
  Batches batches(set, 1, 4, 2);
  batches.set_order(std::vector<std::int64_t>{3, 1, 2});
  EXPECT_EQ(labels_of(batches), (std::vector<std::int32_t>{3, 1, 2}));
  batches.set_order(std::vector<std::int64_t>{2, 3, 1});
  batches.set_order(std::vector<std::int64_t>{3, 1, 2});
  for (const std::vector<std::int64_t>& wrong : {std::vector<std::int64_t>{1, 2}, {1, 2, 2}, {0, 1, 2}}) {
    EXPECT_EQ(error_of([&] { batches.set_order(wrong); }), "order: does not have each of the 3 images once");
  }
  EXPECT_EQ(labels_of(batches), (std::vector<std::int32_t>{3, 1, 2}));
}

TEST(Batches, SayWhatIsWrong) {
  const ImageSet set = five_images();
  EXPECT_EQ(error_of([&] { Batches(set, 2, 6, 1); }), "batches: images 2 to 6 of 5");
  EXPECT_EQ(error_of([&] { Batches(set, 3, 2, 1); }), "batches: images 3 to 2 of 5");
  EXPECT_EQ(error_of([&] { Batches(set, 0); }), "batches: the batch size must be positive, got 0");
  Batches batches(set, 2);
  EXPECT_EQ(error_of([&] { batches[3]; }), "batches: there are 3 batches, not number 3");
}

TEST(Predictions, AreTheLargestAndTheFirstOfSeveral) {
  const Tensor logits({4, 3}, {0, 2, 1, 5, 5, 0, -3, -2, -1, 1, 1, 1});
  EXPECT_EQ(predictions(logits), (std::vector<std::int32_t>{1, 0, 2, 0}));
  const std::vector<std::int32_t> labels = {1, 1, 2, 0};
  EXPECT_EQ(count_correct(logits, labels), 3);
  EXPECT_EQ(accuracy(logits, labels), 0.75);
}

// A NaN is never the largest; where there is nothing else, the row is of no class and never right.
TEST(Predictions, OfWhatIsNotANumber) {
  const Scalar nan = std::numeric_limits<Scalar>::quiet_NaN();
  const Tensor logits({3, 2}, {nan, nan, nan, -1, 2, nan});
  EXPECT_EQ(predictions(logits), (std::vector<std::int32_t>{no_class, 1, 0}));
  EXPECT_EQ(accuracy(Tensor::full({2, 2}, nan), std::vector<std::int32_t>{0, 0}), 0);
  EXPECT_EQ(error_of([] {
              accuracy(Tensor::zeros({2, 3}), std::vector<std::int32_t>{0, 0, 0});
            }),
            "count_correct: logits [2, 3] need a label for each row, got 3 labels");
  EXPECT_EQ(error_of([] {
              predictions(Tensor::zeros({1, 2, 3}));
            }),
            "predictions: needs logits [n, classes], got [1, 2, 3]");
}

}  // namespace
}  // namespace gradus
