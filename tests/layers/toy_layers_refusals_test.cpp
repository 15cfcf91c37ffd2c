// What the layers of toy models refuse, and in which words.
#include "error_of.h"

#include <gradus/layers/attention.h>
#include <gradus/layers/batch_norm.h>
#include <gradus/layers/conv2d.h>
#include <gradus/layers/embedding.h>
#include <gradus/layers/layer_norm.h>

#include <gtest/gtest.h>

using namespace gradus;

namespace {

TEST(ToyLayers, RefuseSizesThatCannotBe) {
  Rng rng(10);
  Tape tape;
  const auto input = [&](const Shape& shape) { return tape.input(Tensor::zeros(shape)); };
  EXPECT_EQ(error_of([&] { Conv2d(3, 4, 0, rng); }),
            "conv2d: channels and kernel must be positive, got in 3, out 4, kernel 0");
  EXPECT_EQ(error_of([&] { Embedding(5, 0, rng); }), "embedding: rows and width must be positive, got 5 and 0");
  EXPECT_EQ(error_of([&] { CausalSelfAttention(4, 0, rng); }), "attention: 0 heads do not divide a width of 4");
  EXPECT_EQ(error_of([] { LayerNorm(0); }), "layer_norm: features must be positive, got 0");
  EXPECT_EQ(error_of([] { LayerNorm(1, {.eps = -1}); }), "layer_norm: eps must not be negative, got -1");
  LayerNorm norm(3);
  EXPECT_EQ(error_of([&] { norm(input({})); }), "layer_norm: needs x [..., 3], got [] (in layernorm)");
  CausalSelfAttention attention(4, 2, rng);
  EXPECT_EQ(error_of([&] {
              attention(input({2, 3, 5}));
            }),
            "attention: needs x [n, t, 4], got [2, 3, 5] (in causalselfattention)");
  Embedding embedding(27, 10, rng);
  EXPECT_EQ(error_of([&] { embedding(tape.indices(std::vector<std::int32_t>{-1})); }),
            "embedding: index -1 at [0] is not from 0 to 26: weight [27, 10] (in embedding)");
  EXPECT_EQ(error_of([&] {
              conv2d(input({1, 1, 4, 2}), input({1, 1, 1, 5}), {.padding = 1});
            }),
            "conv2d: the window 1 x 5 is larger than the images of x [1, 1, 4, 2] with padding 1");
  EXPECT_EQ(error_of([&] { conv2d(input({1, 1, 4, 4}), input({1, 1, 2, 0})); }), "conv2d: the window is empty: 2 x 0");
  const std::int64_t huge = std::int64_t{1} << 31;
  EXPECT_EQ(error_of([&] {
              conv2d(input({0, 1, 4, 4}), input({1, 1, 2, 2}), {.padding = huge});
            }),
            "conv2d: images are too large: x [0, 1, 4, 4], padding 2147483648");
  EXPECT_EQ(error_of([&] {
              max_pool2d(input({0, 1, 65536, 32768}), 2);
            }),
            "max_pool2d: images are too large: x [0, 1, 65536, 32768], padding 0");
}

TEST(ToyLayers, SayWhatIsWrong) {
  Rng rng(8);
  Tape tape;
  const auto input = [&](const Shape& shape) { return tape.input(Tensor::zeros(shape)); };
  Conv2d conv(3, 4, 5, rng);
  EXPECT_EQ(error_of([&] {
              conv(input({8, 3, 28}));
            }),
            "conv2d: needs x [n, channels, height, width], got [8, 3, 28] (in conv2d)");
  EXPECT_EQ(error_of([&] {
              conv(input({8, 1, 28, 28}));
            }),
            "conv2d: x [8, 1, 28, 28] needs weight [out, 1, height, width], got [4, 3, 5, 5] (in conv2d)");
  EXPECT_EQ(error_of([&] {
              conv(input({8, 3, 4, 28}));
            }),
            "conv2d: the window 5 x 5 is larger than the images of x [8, 3, 4, 28] (in conv2d)");
  EXPECT_EQ(error_of([&] {
              conv2d(input({1, 1, 4, 4}), input({1, 1, 2, 2}), {.stride = 0});
            }),
            "conv2d: the stride must be positive, got 0");
  EXPECT_EQ(error_of([&] {
              conv2d(input({1, 1, 4, 4}), input({1, 1, 2, 2}), {.padding = -1});
            }),
            "conv2d: the padding must not be negative, got -1");
  EXPECT_EQ(error_of([&] {
              conv2d(input({1, 1, 4, 4}), input({2, 1, 2, 2}), input({1}));
            }),
            "conv2d: weight [2, 1, 2, 2] needs bias [2], got [1]");
  EXPECT_EQ(error_of([&] {
              max_pool2d(input({1, 1, 4, 4}), 5);
            }),
            "max_pool2d: the window 5 x 5 is larger than the images of x [1, 1, 4, 4]");
  EXPECT_EQ(error_of([&] { max_pool2d(input({1, 1, 4, 4}), 0); }), "max_pool2d: the window is empty: 0 x 0");
  EXPECT_EQ(error_of([&] { Conv2d(3, 0, 5, rng); }),
            "conv2d: channels and kernel must be positive, got in 3, out 0, kernel 5");
  BatchNorm2d norm(3);
  EXPECT_EQ(error_of([&] {
              norm(input({8, 3}));
            }),
            "batch_norm: needs x [n, 3, height, width], got [8, 3] (in batchnorm2d)");
  LayerNorm layer_norm(3);
  EXPECT_EQ(error_of([&] { layer_norm(input({8, 4})); }), "layer_norm: needs x [..., 3], got [8, 4] (in layernorm)");
  Embedding embedding(27, 10, rng);
  EXPECT_EQ(error_of([&] {
              embedding(tape.indices(std::vector<std::int32_t>{0, 1, 2, 27}, {2, 2}));
            }),
            "embedding: index 27 at [1, 1] is not from 0 to 26: weight [27, 10] (in embedding)");
  CausalSelfAttention attention(4, 2, rng);
  EXPECT_EQ(error_of([&] {
              attention(input({2, 4}));
            }),
            "attention: needs x [n, t, 4], got [2, 4] (in causalselfattention)");
  EXPECT_EQ(error_of([&] { CausalSelfAttention(4, 3, rng); }), "attention: 3 heads do not divide a width of 4");
  EXPECT_EQ(error_of([&] {
              concat({input({2, 3}), input({3, 3})}, 1);
            }),
            "concat: [2, 3] and [3, 3] differ in another axis than 1");
  EXPECT_EQ(error_of([&] { slice(input({2, 3}), 1, 1, 4); }), "slice: from 1 to 4 is outside of axis 1 of [2, 3]");
  EXPECT_EQ(error_of([&] { permute(input({2, 3}), {0, 0}); }), "permute: of [2, 3] needs each of its 2 axes once");
  EXPECT_EQ(error_of([&] {
              matmul(input({2, 3, 4}), input({3, 4, 5}));
            }),
            "matmul: [2] and [3] do not broadcast: axis -1 has sizes 2 and 3");
}

}  // namespace
