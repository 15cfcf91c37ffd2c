#include "error_of.h"

#include <gradus/core/tensor/arithmetic.h>
#include <gradus/core/tensor/tensor.h>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <new>
#include <numeric>
#include <sstream>

using namespace gradus;

namespace {

// 0, 1, 2, ...
Tensor counting(const Shape& shape) {
  Tensor t = Tensor::uninitialized(shape);
  std::iota(t.mutable_values().begin(), t.mutable_values().end(), Scalar(0));
  return t;
}

std::string printed(const Tensor& t) {
  std::ostringstream out;
  out << t;
  return out.str();
}

TEST(Tensor, IsMadeOfAShapeAndValues) {
  const Tensor t({2, 3}, {1, 2, 3, 4, 5, 6});
  EXPECT_EQ(t.shape(), Shape({2, 3}));
  EXPECT_EQ(t.rank(), 2);
  EXPECT_EQ(t.size(-1), 3);
  EXPECT_EQ(t.count(), 6);
  EXPECT_EQ(t.at({0, 0}), 1);
  EXPECT_EQ(t.at({1, 0}), 4);
  EXPECT_EQ(t.at({1, 2}), 6);
  EXPECT_EQ(Tensor({2}, std::vector<Scalar>{1, 2}), Tensor({2}, {1, 2}));
  EXPECT_EQ(Tensor::zeros({2}), Tensor({2}, {0, 0}));
  EXPECT_EQ(Tensor::full({1, 2}, 7), Tensor({1, 2}, {7, 7}));
}

TEST(Tensor, MayBeAScalar) {
  const Tensor t = 2.5;
  EXPECT_EQ(t.rank(), 0);
  EXPECT_EQ(t.count(), 1);
  EXPECT_EQ(t.item(), 2.5);
  EXPECT_EQ(t.at({}), 2.5);
  EXPECT_EQ(Tensor({}, {2.5}), t);
  EXPECT_EQ(Tensor(3), Tensor(3.0));
  EXPECT_NE(Tensor(3), Tensor({1}, {3}));
  EXPECT_EQ(Tensor({1, 1, 1}, {4}).item(), 4);
}

TEST(Tensor, MayBeEmpty) {
  EXPECT_EQ(Tensor().shape(), Shape({0}));
  EXPECT_TRUE(Tensor().values().empty());
  Tensor t = Tensor::zeros({3, 0, 2});
  EXPECT_EQ(t.count(), 0);
  EXPECT_EQ(t.size(0), 3);
  EXPECT_TRUE(t.mutable_values().empty());
  EXPECT_EQ(t, Tensor({3, 0, 2}, {}));
  EXPECT_NE(t, Tensor({0, 3, 2}, {}));
  EXPECT_EQ(t.reshape({0, 6}).shape(), Shape({0, 6}));
  EXPECT_EQ(t.rows(1, 3).shape(), Shape({2, 0, 2}));
  EXPECT_FALSE(t.shares_numbers());
  EXPECT_TRUE(all_finite(t));
}

TEST(Tensor, HasUpToEightAxes) {
  const Tensor t = counting({2, 1, 2, 1, 2, 1, 2, 3});
  EXPECT_EQ(t.at({1, 0, 1, 0, 1, 0, 1, 2}), 47);
  EXPECT_EQ(t.at({0, 0, 1, 0, 0, 0, 1, 0}), 15);
}

TEST(Tensor, ACopyNeverChanges) {
  Tensor t({3}, {1, 2, 3});
  const Tensor saved = t;
  EXPECT_TRUE(t.shares_numbers());
  EXPECT_EQ(t.data(), saved.data());
  t.set({1}, 20);
  EXPECT_EQ(t, Tensor({3}, {1, 20, 3}));
  EXPECT_EQ(saved, Tensor({3}, {1, 2, 3}));
  EXPECT_FALSE(t.shares_numbers());
}

TEST(Tensor, WritingCopiesOnlyWhatIsShared) {
  Tensor t({3}, {1, 2, 3});
  const Scalar* before = t.data();
  t.mutable_data()[0] = 5;
  EXPECT_EQ(t.data(), before);
  { const Tensor copy = t; }
  t.mutable_data()[0] = 6;
  EXPECT_EQ(t.data(), before) << "the only other owner was gone";
}

TEST(Tensor, AViewNeverChangesWithItsOrigin) {
  Tensor t = counting({4, 2});
  const Tensor view = t.rows(1, 3);
  EXPECT_EQ(view.data(), t.data() + 2) << "rows share the numbers";
  t.set({1, 0}, -1);
  EXPECT_EQ(view, Tensor({2, 2}, {2, 3, 4, 5}));
  const Tensor flat = t.reshape({8});
  t.set({0, 0}, -1);
  EXPECT_EQ(flat.at({0}), 0);
}

TEST(Tensor, WritingToAViewLeavesItsOriginAlone) {
  const Tensor t = counting({4, 2});
  Tensor view = t.rows(1, 3);
  view.set({0, 1}, 30);
  EXPECT_EQ(view, Tensor({2, 2}, {2, 30, 4, 5}));
  EXPECT_EQ(t, counting({4, 2}));
  view.set({1, 1}, 50);
  EXPECT_EQ(view, Tensor({2, 2}, {2, 30, 4, 50}));
}

TEST(Tensor, AViewOutlivesItsOrigin) {
  Tensor view;
  {
    const Tensor t = counting({5, 3});
    view = t.rows(1, 5).rows(2, 4);
  }
  EXPECT_EQ(view, Tensor({2, 3}, {9, 10, 11, 12, 13, 14}));
  view.set({0, 0}, 0);
  EXPECT_EQ(view, Tensor({2, 3}, {0, 10, 11, 12, 13, 14}));
}

TEST(Tensor, AssigningToItselfChangesNothing) {
  Tensor t({2}, {1, 2});
  const Tensor& same = t;
  t = same;
  EXPECT_EQ(t, Tensor({2}, {1, 2}));
  t = t.rows(1, 2);
  EXPECT_EQ(t, Tensor({1}, {2}));
}

TEST(Tensor, RowsMayBeNone) {
  const Tensor t = counting({3, 2});
  EXPECT_EQ(t.rows(0, 0).shape(), Shape({0, 2}));
  EXPECT_EQ(t.rows(3, 3).count(), 0);
  EXPECT_EQ(t.rows(0, 3), t);
  EXPECT_EQ(t.reshape({6}).rows(2, 4), Tensor({2}, {2, 3}));
}

TEST(Tensor, Reshapes) {
  const Tensor t = counting({2, 6});
  EXPECT_EQ(t.reshape({3, 4}).at({1, 0}), 4);
  EXPECT_EQ(t.reshape({3, -1}).shape(), Shape({3, 4}));
  EXPECT_EQ(t.reshape({-1}).shape(), Shape({12}));
  EXPECT_EQ(t.reshape({2, -1, 1, 3}).shape(), Shape({2, 2, 1, 3}));
  EXPECT_EQ(t.reshape({12, -1}).shape(), Shape({12, 1}));
  EXPECT_EQ(Tensor(5).reshape({-1, 1}).shape(), Shape({1, 1}));
  EXPECT_EQ(Tensor({1, 1}, {5}).reshape({}).shape(), Shape({}));
  EXPECT_EQ(Tensor::zeros({0, 3}).reshape({-1, 5}).shape(), Shape({0, 5}));
  EXPECT_EQ(t.reshape({12}).data(), t.data());
}

TEST(Tensor, ComparesNumbers) {
  const Scalar nan = std::numeric_limits<Scalar>::quiet_NaN();
  EXPECT_EQ(Tensor({2}, {1, 2}), Tensor({2}, {1, 2}));
  EXPECT_NE(Tensor({2}, {1, 2}), Tensor({2}, {1, 3}));
  EXPECT_NE(Tensor({2}, {1, 2}), Tensor({2, 1}, {1, 2}));
  EXPECT_NE(Tensor({1}, {nan}), Tensor({1}, {nan}));
  EXPECT_EQ(Tensor({1}, {Scalar(-0.0)}), Tensor({1}, {0}));
  EXPECT_FALSE(all_finite(Tensor({2}, {0, nan})));
  EXPECT_FALSE(all_finite(Tensor({2}, {-std::numeric_limits<Scalar>::infinity(), 0})));
  EXPECT_TRUE(all_finite(Tensor({2}, {std::numeric_limits<Scalar>::max(), 0})));
}

TEST(Tensor, Prints) {
  EXPECT_EQ(printed(1.5), "1.5");
  EXPECT_EQ(printed(Tensor()), "[]");
  EXPECT_EQ(printed(Tensor({3}, {1, 2, -3})), "[1, 2, -3]");
  EXPECT_EQ(printed(Tensor({2, 2}, {1, 2, 3, 4})), "[[1, 2],\n [3, 4]]");
  EXPECT_EQ(printed(Tensor({2, 1, 2}, {1, 2, 3, 4})), "[[[1, 2]],\n [[3, 4]]]");
  EXPECT_EQ(printed(Tensor({2, 2, 1}, {1, 2, 3, 4})), "[[[1],\n  [2]],\n [[3],\n  [4]]]");
  EXPECT_EQ(printed(Tensor::zeros({2, 0})), "[[],\n []]");
  EXPECT_EQ(printed(Tensor::zeros({0, 2})), "[]");
}

TEST(Tensor, PrintsTheEndsOfLongAxes) {
  EXPECT_EQ(printed(counting({7})), "[0, 1, 2, 3, 4, 5, 6]");
  EXPECT_EQ(printed(counting({8})), "[0, 1, 2, ..., 5, 6, 7]");
  EXPECT_EQ(printed(counting({1000})), "[0, 1, 2, ..., 997, 998, 999]");
  EXPECT_EQ(printed(counting({9, 1})), "[[0],\n [1],\n [2],\n ...,\n [6],\n [7],\n [8]]");
}

TEST(Tensor, SaysWhatIsWrong) {
  const Tensor t = counting({2, 3});
  EXPECT_EQ(error_of([] { Tensor({2, 2}, {1, 2, 3}); }), "tensor: shape [2, 2] needs 4 values, got 3");
  EXPECT_EQ(error_of([] { Tensor({}, {}); }), "tensor: shape [] needs 1 values, got 0");
  EXPECT_EQ(error_of([&] { t.item(); }), "item: needs exactly one element, got shape [2, 3]");
  EXPECT_EQ(error_of([] { Tensor().item(); }), "item: needs exactly one element, got shape [0]");
  EXPECT_EQ(error_of([&] { t.at({1}); }), "at: shape [2, 3] takes 2 indices, got 1");
  EXPECT_EQ(error_of([&] { t.at({2, 0}); }), "at: index 2 of axis 0 is outside of shape [2, 3]");
  EXPECT_EQ(error_of([&] { t.at({0, -4}); }), "at: index -4 of axis 1 is outside of shape [2, 3]");
  EXPECT_EQ(error_of([&] { Tensor(t).set({0, 3}, 1); }), "set: index 3 of axis 1 is outside of shape [2, 3]");
  EXPECT_EQ(error_of([&] { t.size(2); }), "shape: [2, 3] has no axis 2");
}

TEST(Tensor, SaysWhatIsWrongWithRowsAndShapes) {
  const Tensor t = counting({2, 3});
  EXPECT_EQ(error_of([&] { t.rows(1, 3); }), "rows: from 1 to 3 is outside of shape [2, 3]");
  EXPECT_EQ(error_of([&] { t.rows(-1, 0); }), "rows: from -1 to 0 is outside of shape [2, 3]");
  EXPECT_EQ(error_of([&] { t.rows(-3, 1); }), "rows: from -3 to 1 is outside of shape [2, 3]");
  EXPECT_EQ(error_of([&] { t.rows(2, 1); }), "rows: from 2 to 1 is outside of shape [2, 3]");
  EXPECT_EQ(error_of([] { Tensor(1).rows(0, 1); }), "rows: from 0 to 1 is outside of shape []");
  EXPECT_EQ(error_of([&] { t.reshape({4}); }), "reshape: [2, 3] has 6 elements, [4] has 4");
  EXPECT_EQ(error_of([&] { t.reshape({4, -1}); }), "reshape: [2, 3] has 6 elements, which do not fit [4, -1]");
  EXPECT_EQ(error_of([&] { t.reshape({0, -1}); }), "reshape: [2, 3] has 6 elements, which do not fit [0, -1]");
  EXPECT_EQ(error_of([&] { t.reshape({-1, -1}); }), "reshape: only one size may be -1, got [-1, -1]");
  EXPECT_EQ(error_of([&] { t.reshape({-2, 3}); }), "shape: axis 0 has the negative size -2");
}

// The number of values is looked at before memory for the shape is taken.
TEST(Tensor, AClaimOfManyElementsCostsNothing) {
  EXPECT_EQ(error_of([] {
              Tensor({1 << 30, 1 << 30}, {1});
            }),
            "tensor: shape [1073741824, 1073741824] needs 1152921504606846976 values, got 1");
  EXPECT_EQ(error_of<std::bad_alloc>([] {
              Tensor::zeros({1 << 30, 1 << 30});
            }).substr(0, 77),
            "tensor: there is no memory for shape [1073741824, 1073741824], 4.29497e+09 Gi");
  EXPECT_THROW(Tensor::uninitialized({std::int64_t{1} << 62}), std::bad_alloc) << "2^64 bytes and more are not 0";
  Storage::trim();
  { const Storage probe(1); }
  if (Storage::bytes_pooled() == 0) return;  // a sanitizer ends the program where the system would refuse
  EXPECT_THROW(Tensor::full({std::int64_t{1} << 45}, 1), std::bad_alloc) << "asked of the system, and refused";
}

TEST(Tensor, NegativeIndicesCountFromTheEnd) {
  Tensor t({2, 3}, {1, 2, 3, 4, 5, 6});
  EXPECT_EQ(t.at({-1, -1}), 6);
  EXPECT_EQ(t.at({-2, -3}), 1);
  t.set({-1, 0}, 7);
  EXPECT_EQ(t.at({1, 0}), 7);
  EXPECT_EQ(t.rows(-1, 2), Tensor({1, 3}, {7, 5, 6}));
  EXPECT_EQ(t.rows(0, -1), Tensor({1, 3}, {1, 2, 3}));
  EXPECT_EQ(t.rows(-2, -1), t.rows(0, 1));
}

}  // namespace
