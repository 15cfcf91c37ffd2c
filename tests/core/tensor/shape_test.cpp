#include "error_of.h"

#include <gradus/core/tensor/shape.h>

#include <gtest/gtest.h>

#include <sstream>
#include <vector>

using namespace gradus;

namespace {

std::string printed(const Shape& shape) {
  std::ostringstream out;
  out << shape;
  return out.str();
}

TEST(Shape, CountsItsElements) {
  EXPECT_EQ(Shape({}).count(), 1);
  EXPECT_EQ(Shape({}).rank(), 0);
  EXPECT_EQ(Shape({7}).count(), 7);
  EXPECT_EQ(Shape({2, 3, 4}).count(), 24);
  EXPECT_EQ(Shape({2, 0, 4}).count(), 0);
  const Shape largest = {1, 2, 1, 2, 1, 2, 1, 2};
  EXPECT_EQ(largest.rank(), Shape::max_rank);
  EXPECT_EQ(largest.count(), 16);
}

TEST(Shape, CountsAxesFromEitherEnd) {
  const Shape shape = {2, 3, 4};
  EXPECT_EQ(shape[0], 2);
  EXPECT_EQ(shape[2], 4);
  EXPECT_EQ(shape[-1], 4);
  EXPECT_EQ(shape[-3], 2);
  EXPECT_EQ(shape.resolve(-2), 1);
  EXPECT_EQ(std::vector<std::int64_t>(shape.begin(), shape.end()), (std::vector<std::int64_t>{2, 3, 4}));
}

TEST(Shape, IsEqualOnlyInRankAndSizes) {
  EXPECT_EQ(Shape({2, 3}), Shape({2, 3}));
  EXPECT_NE(Shape({2, 3}), Shape({3, 2}));
  EXPECT_NE(Shape({2}), Shape({2, 1}));
  EXPECT_NE(Shape({}), Shape({1}));
  EXPECT_NE(Shape({0, 2}), Shape({2, 0}));
}

TEST(Shape, ReplacesAndDropsAnAxis) {
  const Shape shape = {2, 3, 4};
  EXPECT_EQ(shape.with(1, 5), Shape({2, 5, 4}));
  EXPECT_EQ(shape.with(-1, 0), Shape({2, 3, 0}));
  EXPECT_EQ(shape.with(-1, 0).with(-1, 6).count(), 36);
  EXPECT_EQ(shape.without(0), Shape({3, 4}));
  EXPECT_EQ(shape.without(-1), Shape({2, 3}));
  EXPECT_EQ(Shape({5}).without(0), Shape({}));
  EXPECT_EQ(shape, Shape({2, 3, 4}));
}

TEST(Shape, Prints) {
  EXPECT_EQ(printed({}), "[]");
  EXPECT_EQ(printed({0}), "[0]");
  EXPECT_EQ(printed({128, 784}), "[128, 784]");
}

TEST(Shape, SaysWhatIsWrong) {
  const std::vector<std::int64_t> nine(9, 1);
  EXPECT_EQ(error_of([&] { Shape shape(nine); }), "shape: 9 axes, but at most 8 are supported");
  EXPECT_EQ(error_of([] { Shape({2, -3}); }), "shape: axis 1 has the negative size -3");
  EXPECT_EQ(error_of([] {
              Shape({1 << 30, 1 << 30, 1 << 30});
            }),
            "shape: [1073741824, 1073741824, 1073741824] has more elements than 64 bits can count");
  EXPECT_EQ(error_of([] { Shape({2, 3})[2]; }), "shape: [2, 3] has no axis 2");
  EXPECT_EQ(error_of([] { Shape({2, 3})[-3]; }), "shape: [2, 3] has no axis -3");
  EXPECT_EQ(error_of([] { Shape({})[0]; }), "shape: [] has no axis 0");
  EXPECT_EQ(error_of([] { Shape({2}).with(1, 1); }), "shape: [2] has no axis 1");
  EXPECT_EQ(error_of([] { Shape({2}).without(-2); }), "shape: [2] has no axis -2");
}

// An empty axis makes the whole empty, also where the other sizes alone would overflow, before and after it.
TEST(Shape, AnEmptyAxisWinsOverAnOverflow) {
  constexpr std::int64_t huge = std::int64_t{1} << 40;
  EXPECT_EQ(Shape({huge, huge, 0}).count(), 0);
  EXPECT_EQ(Shape({0, huge, huge}).count(), 0);
  EXPECT_EQ(Shape({huge, 0, huge, huge}).count(), 0);
}

TEST(Broadcast, FollowsNumPy) {
  EXPECT_EQ(broadcast("f", {}, {}), Shape({}));
  EXPECT_EQ(broadcast("f", {3}, {}), Shape({3}));
  EXPECT_EQ(broadcast("f", {}, {2, 3}), Shape({2, 3}));
  EXPECT_EQ(broadcast("f", {2, 3}, {3}), Shape({2, 3}));
  EXPECT_EQ(broadcast("f", {2, 1, 4}, {3, 1}), Shape({2, 3, 4}));
  EXPECT_EQ(broadcast("f", {1, 5}, {4, 1}), Shape({4, 5}));
  EXPECT_EQ(broadcast("f", {1}, {0}), Shape({0}));
  EXPECT_EQ(broadcast("f", {0, 3}, {1, 1}), Shape({0, 3}));
  EXPECT_EQ(broadcast("f", {8, 1, 6, 1}, {7, 1, 5}), Shape({8, 7, 6, 5}));
}

TEST(Broadcast, SaysWhichAxisDoesNotFit) {
  EXPECT_EQ(error_of([] {
              broadcast("add", {2, 3}, {2, 4});
            }),
            "add: [2, 3] and [2, 4] do not broadcast: axis -1 has sizes 3 and 4");
  EXPECT_EQ(error_of([] {
              broadcast("mul", {5, 2, 3}, {4, 1, 1});
            }),
            "mul: [5, 2, 3] and [4, 1, 1] do not broadcast: axis -3 has sizes 5 and 4");
  EXPECT_EQ(error_of([] { broadcast("div", {0}, {2}); }),
            "div: [0] and [2] do not broadcast: axis -1 has sizes 0 and 2");
  constexpr std::int64_t huge = std::int64_t{1} << 40;
  EXPECT_EQ(error_of([] {
              broadcast("add", {huge, 1}, {1, huge});
            }),
            "shape: [1099511627776, 1099511627776] has more elements than 64 bits can count");
}

}  // namespace
