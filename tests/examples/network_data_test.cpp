// The trained network as data for a page. That the page's script computes the same is tested in a browser.
#include "error_of.h"

#include <gradus/core/io/batches.h>
#include <gradus/core/io/json.h>
#include <gradus/examples/pages/base64.h>
#include <gradus/examples/train_mnist/network_data.h>
#include <gradus/layers/batch_norm.h>
#include <gradus/layers/conv2d.h>
#include <gradus/layers/dropout.h>
#include <gradus/layers/flatten.h>
#include <gradus/layers/linear.h>
#include <gradus/layers/max_pool2d.h>
#include <gradus/layers/relu.h>
#include <gradus/layers/sequential.h>

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

namespace gradus::testing {
namespace {

using namespace gradus::examples;

// IEEE 754-2019, 3.4: the number that 16 bits stand for.
double from_half(unsigned half) {
  const double sign = half & 0x8000 ? -1 : 1;
  const int exponent = static_cast<int>(half >> 10 & 31), fraction = static_cast<int>(half & 1023);
  if (exponent == 31) return fraction ? std::numeric_limits<double>::quiet_NaN() : sign * HUGE_VAL;
  if (exponent == 0) return sign * std::ldexp(fraction, -24);
  return sign * std::ldexp(1024 + fraction, exponent - 25);
}

TEST(Half, EveryHalfIsItself) {
  for (unsigned half = 0; half < 65536; ++half) {
    const double number = from_half(half);
    const unsigned again = to_half(static_cast<float>(number));
    if (std::isnan(number)) {
      EXPECT_TRUE(std::isnan(from_half(again))) << half;
    } else {
      EXPECT_EQ(again, half);
    }
  }
}

// Between any two neighbours: what is nearer, and halfway the one whose last bit is 0.
TEST(Half, RoundsToTheNearestAndTiesToEven) {
  for (unsigned half = 0; half < 0x7bff; ++half) {
    const auto middle = static_cast<float>((from_half(half) + from_half(half + 1)) / 2);  // exact: 12 bits
    ASSERT_EQ(to_half(middle), half % 2 == 0 ? half : half + 1) << middle;
    ASSERT_EQ(to_half(std::nextafter(middle, 0.f)), half) << middle;
    ASSERT_EQ(to_half(std::nextafter(middle, 1e9f)), half + 1) << middle;
    ASSERT_EQ(to_half(-middle), 0x8000u + (half % 2 == 0 ? half : half + 1)) << middle;
  }
}

TEST(Half, WhatIsTooLargeIsInfinite) {
  EXPECT_EQ(to_half(65504), 0x7bff);
  EXPECT_EQ(to_half(std::nextafter(65520.f, 0.f)), 0x7bff);
  EXPECT_EQ(to_half(65520), 0x7c00);
  EXPECT_EQ(to_half(-1e30f), 0xfc00);
  EXPECT_EQ(to_half(std::numeric_limits<float>::infinity()), 0x7c00);
  EXPECT_EQ(to_half(std::numeric_limits<float>::denorm_min()), 0);
}

TEST(Base64, IsThatOfTheStandard) {  // the examples of RFC 4648, section 10
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foob"), "Zm9vYg==");
  EXPECT_EQ(base64("fooba"), "Zm9vYmE=");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64("\xff\xfe\xfd"), "//79");
}

ImageSet images(std::int64_t count, std::int64_t rows, std::int64_t columns) {
  ImageSet set;
  set.count = count;
  set.rows = rows;
  set.columns = columns;
  set.classes = 3;
  for (std::int64_t i = 0; i < count * rows * columns; ++i) set.pixels.push_back(static_cast<std::uint8_t>(i % 251));
  for (std::int64_t i = 0; i < count; ++i) set.labels.push_back(static_cast<std::int32_t>(i % 3));
  return set;
}

const Json& member(const Json& json, const std::string& key) { return *json.find(key); }

std::string keys(const Json& data) {
  std::string all;
  for (const Json& layer : *member(data, "layers").array()) {
    for (const JsonMember& m : *layer.object()) all += m.key == "kind" ? " | " + *m.value.string() : " " + m.key;
  }
  return all;
}

TEST(NetworkData, HasWhatEvaluationRuns) {
  Rng rng(1);
  Sequential model;
  model.add<Linear>(6, 4, rng, LinearOptions{.bias = false});
  model.add<BatchNorm1d>(4);
  model.add<ReLU>();
  model.add<Dropout>(Scalar(0.5), rng);
  model.add<Linear>(4, 3, rng);
  const Json data = parse_json(network_data(model, images(5, 2, 3)));
  EXPECT_EQ(*member(data, "rows").integer(), 2);
  EXPECT_EQ(*member(data, "columns").integer(), 3);
  EXPECT_EQ(*member(data, "classes").integer(), 3);
  EXPECT_EQ(*member(data, "parameters").integer(), 6 * 4 + 2 * 4 + 4 * 3 + 3);
  EXPECT_EQ(*member(data, "precision").string(), "float32");
  EXPECT_EQ(keys(data),
            " | Linear in out weight | BatchNorm1d eps running_mean running_var gamma beta | ReLU"
            " | Linear in out weight bias");
  EXPECT_EQ(member(data, "images").object()->size(), 4u);
  EXPECT_EQ(*member(member(data, "images"), "count").integer(), 5);
  EXPECT_EQ(member(member(data, "images"), "pixels").string()->size(), 5u * 6 / 3 * 4);
  EXPECT_EQ(member(member(data, "images"), "logits").string()->size(), 5u * 3 * 4 / 3 * 4);
  EXPECT_TRUE(model.training()) << "its mode is as it was";
}

TEST(NetworkData, HasTheSizesOfConvolutions) {
  Rng rng(1);
  Sequential model;
  model.add<Unflatten>(Shape{1, 2, 3});
  model.add<Conv2d>(1, 2, 3, rng, Conv2dOptions{.padding = 1});
  model.add<BatchNorm2d>(2);
  model.add<MaxPool2d>(2);
  model.add<Flatten>();
  model.add<Linear>(2, 3, rng);
  const Json data = parse_json(network_data(model, images(5, 2, 3)));
  EXPECT_EQ(keys(data),
            " | Unflatten shape | Conv2d in out kernel stride padding weight bias"
            " | BatchNorm2d eps running_mean running_var gamma beta | MaxPool2d window stride"
            " | Linear in out weight bias");
  EXPECT_EQ(member(member(data, "layers").array()->at(0), "shape").array()->size(), 3u);
}

// The floats of a base64 text (RFC 4648), little-endian.
std::vector<float> floats(const std::string& text) {
  const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    if (c == '=') break;
    bits = bits << 6 | static_cast<std::uint32_t>(alphabet.find(c));
    if ((count += 6) < 8) continue;
    bytes += static_cast<char>(bits >> (count -= 8) & 255);
  }
  std::vector<float> numbers(bytes.size() / 4);
  std::memcpy(numbers.data(), bytes.data(), 4 * numbers.size());
  return numbers;
}

std::vector<float> floats(const Tensor& t) { return {t.values().begin(), t.values().end()}; }

TEST(NetworkData, HasTheNumbersOfEvaluationAndChangesNone) {
  Rng rng(1);
  Sequential model;
  Linear& linear = model.add<Linear>(6, 4, rng);
  BatchNorm1d& norm = model.add<BatchNorm1d>(4);
  model.add<Dropout>(Scalar(0.5), rng);
  model.add<Linear>(4, 3, rng);
  Tape tape;
  model(tape.input(rng.normal({8, 6}, 1, 2)));  // so that running estimates differ from a batch's
  const StateDict before = model.state_dict();
  const ImageSet set = images(5, 2, 3);
  const Json data = parse_json(network_data(model, set));
  EXPECT_EQ(model.state_dict(), before);
  Batches batches(set, 5);
  model.eval();
  const Tensor logits = model(tape.input(batches[0].images)).value();
  EXPECT_EQ(floats(*member(member(data, "images"), "logits").string()), floats(logits));
  const Json::Array& layers = *member(data, "layers").array();
  EXPECT_EQ(floats(*member(layers[0], "weight").string()), floats(linear.weight().value())) << "[out, in], row by row";
  EXPECT_EQ(floats(*member(layers[0], "bias").string()), floats(linear.bias()->value()));
  EXPECT_EQ(floats(*member(layers[1], "running_mean").string()), floats(*norm.running_mean()));
  EXPECT_EQ(floats(*member(layers[1], "running_var").string()), floats(*norm.running_var()));
}

TEST(NetworkData, IsOfModestSize) {
  Rng rng(1);
  Sequential small, large;
  small.add<Linear>(200 * 200, 3, rng);
  EXPECT_LT(network_data(small, images(150, 200, 200)).size(), 800'000u);  // two images, not 150
  large.add<Linear>(784, 800, rng);
  large.add<Linear>(800, 3, rng);
  const std::string data = network_data(large, images(1, 28, 28));
  EXPECT_EQ(*member(parse_json(data), "precision").string(), "float16");
  EXPECT_LT(data.size(), 630'000u * 2 * 4 / 3 + 10'000);
  Sequential too_large;
  too_large.add<Linear>(784, 1531, rng);
  EXPECT_EQ(network_data(too_large, images(1, 28, 28)), "null");
}

TEST(NetworkData, IsNullIfTheLogitsAreNotFinite) {
  Rng rng(1);
  Sequential model;
  Linear& linear = model.add<Linear>(4, 3, rng);
  Tensor bias = Tensor::zeros({3});
  bias.mutable_data()[1] = std::numeric_limits<Scalar>::infinity();
  linear.bias()->set_value(bias);
  EXPECT_EQ(network_data(model, images(2, 2, 2)), "null");
}

TEST(NetworkData, SaysWhatThePageCannotCompute) {
  class Unknown : public Layer {
    Variable forward(const Variable& x) override { return x; }
  };
  Sequential model, untracked;
  model.add<Unknown>();
  EXPECT_EQ(error_of([&] { network_data(model, images(2, 2, 2)); }),
            "network_data: the page's script has no formula for the layer Unknown");
  untracked.add<BatchNorm1d>(4, BatchNorm1dOptions{.track_running_stats = false});
  EXPECT_NE(error_of([&] { network_data(untracked, images(2, 2, 2)); }).find("has no running estimates"),
            std::string::npos);
}

}  // namespace
}  // namespace gradus::testing
