// The golden numbers come from an implementation of the published algorithms in another language.
#include "error_of.h"

#include <gradus/core/tensor/random.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <type_traits>
#include <vector>

using namespace gradus;

namespace {

TEST(Rng, NextIsXoshiro256PlusPlus) {
  Rng rng(0);
  rng.set_state({1, 2, 3, 4});  // the reference implementation's first numbers from this state
  for (const std::uint64_t expected : {41943041ull, 58720359ull, 3588806011781223ull, 3591011842654386ull,
                                       9228616714210784205ull, 9973669472204895162ull}) {
    EXPECT_EQ(rng.next(), expected);
  }
}

TEST(Rng, ASeedGivesTheSameBitsEverywhere) {
  Rng rng(42), other(7);
  for (const std::uint64_t expected :
       {0xd0764d4f4476689full, 0x519e4174576f3791ull, 0xfbe07cfb0c24ed8cull, 0xb37d9f600cd835b8ull}) {
    EXPECT_EQ(rng.next(), expected);
  }
  EXPECT_EQ(other.next(), 0x0e2c1a002aae913dull);
  EXPECT_EQ(other.next(), 0x2c0fc8ddfa4e9e14ull);
}

TEST(Rng, UniformGivesTheSameNumbersEverywhere) {
  Rng rng(42);
#ifdef GRADUS_DOUBLE
  const std::vector<Scalar> expected = {0x1.a0ec9a9e88ecdp-1, 0x1.467905d15dbccp-2, 0x1.f7c0f9f61849dp-1,
                                        0x1.66fb3ec019b06p-1};
#else
  const std::vector<Scalar> expected = {0x1.a0ec9ap-1f, 0x1.467904p-2f, 0x1.f7c0f8p-1f, 0x1.66fb3ep-1f};
#endif
  for (const Scalar value : expected) EXPECT_EQ(rng.uniform(), value);
}

TEST(Rng, NormalGivesTheSameNumbersEverywhere) {
  Rng rng(42);
  for (const double value : {0x1.f679d98b6ab7bp-1, 0x1.571f94d19c30ap+0, -0x1.edae4f6954ef1p-1, 0x1.91df36fc7a31dp-3}) {
    EXPECT_EQ(rng.normal(), static_cast<Scalar>(value));
  }
}

// The sum of the bits of a thousand, so that the last of the digits counts.
TEST(Rng, NormalIsExactToTheLastBit) {
  Rng rng(1);
  std::uint64_t total = 0;
  for (int i = 0; i < 1000; ++i)
    total += std::bit_cast<std::conditional_t<sizeof(Scalar) == 8, std::uint64_t, std::uint32_t>>(rng.normal());
  EXPECT_EQ(total, sizeof(Scalar) == 8 ? 0x43b64af3189ec7au : 0x1faa1db2568u);
}

TEST(Rng, BelowGivesTheSameNumbersEverywhere) {
  Rng rng(42);
  for (const std::int64_t value : {1, 3, 0, 4, 1, 5, 8, 0, 5, 8, 4, 9}) EXPECT_EQ(rng.below(10), value);
  Rng large(42);  // of a range that is just more than a quarter of all: nearly one in four is drawn again
  for (const std::int64_t value : {1269524112903976848, 3710296902904329654, 1625129864213356155}) {
    EXPECT_EQ(large.below((std::int64_t{1} << 62) + 1), value);
  }
}

TEST(Rng, ShuffleGivesTheSameOrderEverywhere) {
  std::vector<int> items(10);
  std::iota(items.begin(), items.end(), 0);
  Rng rng(42);
  rng.shuffle(std::span(items));
  EXPECT_EQ(items, (std::vector<int>{6, 9, 7, 8, 0, 5, 3, 4, 2, 1}));
}

TEST(Rng, TensorsAreFilledInOrder) {
  Rng rng(3), same(3);
  const Tensor uniform = rng.uniform({2, 3}, -1, 2);
  for (const Scalar value : uniform.values()) EXPECT_EQ(value, -1 + 3 * same.uniform());
  const Tensor normal = rng.normal({4}, 5, Scalar(0.5));
  for (const Scalar value : normal.values()) EXPECT_EQ(value, 5 + Scalar(0.5) * same.normal());
  EXPECT_EQ(rng.uniform({0, 3}, 0, 1).count(), 0);
  EXPECT_EQ(rng.state(), same.state());
}

TEST(Rng, UniformHasTheRightMoments) {
  Rng rng(1);
  constexpr int n = 200'000;
  double sum = 0, squares = 0;
  for (int i = 0; i < n; ++i) {
    const double x = rng.uniform();
    ASSERT_GE(x, 0);
    ASSERT_LT(x, 1);
    sum += x;
    squares += x * x;
  }
  EXPECT_NEAR(sum / n, 1.0 / 2, 0.003);  // 4.6 deviations
  EXPECT_NEAR(squares / n, 1.0 / 3, 0.003);
}

TEST(Rng, NormalHasTheRightMomentsAndTails) {
  Rng rng(1);
  constexpr int n = 200'000;
  double moments[5] = {};
  int beyond_two = 0;
  for (int i = 0; i < n; ++i) {
    const double x = rng.normal();
    for (int k = 1; k <= 4; ++k) moments[k] += std::pow(x, k) / n;
    beyond_two += std::abs(x) > 2;
  }
  EXPECT_NEAR(moments[1], 0, 0.01);
  EXPECT_NEAR(moments[2], 1, 0.015);
  EXPECT_NEAR(moments[3], 0, 0.04);
  EXPECT_NEAR(moments[4], 3, 0.1);
  EXPECT_NEAR(static_cast<double>(beyond_two) / n, 0.0455, 0.002);
}

TEST(Rng, BelowIsEven) {
  Rng rng(5);
  std::vector<int> hits(7, 0);
  for (int i = 0; i < 70'000; ++i) ++hits[static_cast<std::size_t>(rng.below(7))];
  for (const int hit : hits) EXPECT_NEAR(hit, 10'000, 450);  // 4.9 deviations
  EXPECT_EQ(rng.below(1), 0);
  EXPECT_LT(rng.below(INT64_MAX), INT64_MAX);
}

TEST(Rng, ShuffleIsEven) {
  Rng rng(6);
  int orders[6] = {};
  for (int i = 0; i < 60'000; ++i) {
    std::vector<int> items = {0, 1, 2};
    rng.shuffle(std::span(items));
    ++orders[2 * items[0] + (items[1] > items[2])];
  }
  for (const int hit : orders) EXPECT_NEAR(hit, 10'000, 450);
  std::vector<int> none;
  const Rng::State before = rng.state();
  rng.shuffle(std::span(none));
  none = {1};
  rng.shuffle(std::span(none));
  EXPECT_EQ(rng.state(), before) << "nothing to draw";
}

TEST(Rng, ContinuesFromASavedState) {
  Rng rng(9);
  rng.normal();
  const Rng::State saved = rng.state();
  const Tensor first = rng.normal({5});
  rng.set_state(saved);
  EXPECT_EQ(rng.normal({5}), first);
  Rng other(123);
  other.set_state(saved);
  EXPECT_EQ(other.normal({5}), first);
}

TEST(Rng, SeedsHaveNothingInCommon) {
  std::vector<std::uint64_t> seen;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Rng rng(seed);
    for (int i = 0; i < 10; ++i) seen.push_back(rng.next());
  }
  std::ranges::sort(seen);
  EXPECT_EQ(std::ranges::adjacent_find(seen), seen.end());
}

TEST(Rng, SaysWhatIsWrong) {
  EXPECT_EQ(error_of([] { Rng(1).below(0); }), "below: count must be positive, got 0");
  EXPECT_EQ(error_of([] { Rng(1).below(-5); }), "below: count must be positive, got -5");
}

}  // namespace
