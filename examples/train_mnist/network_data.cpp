#include <gradus/core/error.h>
#include <gradus/core/io/batches.h>
#include <gradus/core/io/json.h>
#include <gradus/examples/pages/base64.h>
#include <gradus/examples/train_mnist/network_data.h>
#include <gradus/examples/training/evaluation.h>
#include <gradus/layers/batch_norm.h>
#include <gradus/layers/conv2d.h>
#include <gradus/layers/dropout.h>
#include <gradus/layers/flatten.h>
#include <gradus/layers/linear.h>
#include <gradus/layers/max_pool2d.h>
#include <gradus/layers/relu.h>
#include <gradus/layers/sequential.h>
#include <gradus/layers/sigmoid.h>
#include <gradus/layers/summary.h>
#include <gradus/layers/tanh.h>

#include <algorithm>
#include <bit>
#include <cmath>

namespace gradus::examples {
namespace {

// In full precision these take 3.2 MB of the page: the README's network has 536,586.
constexpr std::int64_t most_parameters_in_full = 600'000;
constexpr std::int64_t most_parameters = 1'200'000;  // and these in half precision
constexpr std::int64_t most_images = 100, most_pixels = 100'000;

// Little-endian, in base64: each number as `bits` makes an integer of it.
template <class Numbers, class Bits>
JsonText packed(const Numbers& numbers, const Bits& bits) {
  std::string bytes;
  for (const auto number : numbers) {
    const auto integer = bits(number);
    for (std::size_t i = 0; i < sizeof integer; ++i) bytes += static_cast<char>(integer >> (8 * i) & 255);
  }
  return base64(bytes);
}

JsonText floats(const Tensor& t) {
  return packed(t.values(), [](Scalar x) { return std::bit_cast<std::uint32_t>(static_cast<float>(x)); });
}

JsonText halves(const Tensor& t) {
  return packed(t.values(), [](Scalar x) { return to_half(static_cast<float>(x)); });
}

void add_layers(JsonText& list, Module& layer, bool half) {
  JsonText json = {{"kind", layer.kind()}};
  if (dynamic_cast<Sequential*>(&layer)) {
    for (const auto& child : layer.children()) add_layers(list, *child, half);
    return;
  }
  if (dynamic_cast<Dropout*>(&layer) || dynamic_cast<Flatten*>(&layer)) return;
  if (auto* linear = dynamic_cast<Linear*>(&layer)) {
    const Tensor& weight = linear->weight().value();
    json.add("in", linear->in_features());
    json.add("out", linear->out_features());
    json.add("weight", half ? halves(weight) : floats(weight));
    if (linear->bias()) json.add("bias", floats(linear->bias()->value()));
  } else if (auto* images = dynamic_cast<Unflatten*>(&layer)) {
    json.add("shape", images->sample());
  } else if (auto* conv = dynamic_cast<Conv2d*>(&layer)) {
    const Tensor& weight = conv->weight().value();
    json.add("in", weight.size(1));
    json.add("out", weight.size(0));
    json.add("kernel", weight.size(2));
    json.add("stride", conv->options().stride);
    json.add("padding", conv->options().padding);
    json.add("weight", half ? halves(weight) : floats(weight));
    if (conv->bias()) json.add("bias", floats(conv->bias()->value()));
  } else if (auto* pool = dynamic_cast<MaxPool2d*>(&layer)) {
    json.add("window", pool->window());
    json.add("stride", pool->stride());
  } else if (auto* norm = dynamic_cast<BatchNorm1d*>(&layer)) {
    if (!norm->options().track_running_stats) fail("network_data", norm->describe(), " has no running estimates");
    json.add("eps", norm->options().eps);
    for (const auto& [name, buffer] : norm->buffers()) json.add(name, floats(*buffer));
    if (norm->gamma()) json.add("gamma", floats(norm->gamma()->value()));
    if (norm->beta()) json.add("beta", floats(norm->beta()->value()));
  } else if (!dynamic_cast<ReLU*>(&layer) && !dynamic_cast<Sigmoid*>(&layer) && !dynamic_cast<Tanh*>(&layer)) {
    fail("network_data", "the page's script has no formula for the layer ", layer.describe());
  }
  list.add(json);
}

}  // namespace

std::uint16_t to_half(float number) {
  const auto bits = std::bit_cast<std::uint32_t>(number);
  const std::uint32_t sign = bits >> 16 & 0x8000;
  const float size = std::abs(number);
  if (std::isnan(number)) return static_cast<std::uint16_t>(sign | 0x7e00);
  if (size >= 65520) return static_cast<std::uint16_t>(sign | 0x7c00);  // halfway to 2^16, which is infinity
  // Halves lie 2^(e - 10) apart at 2^e <= size < 2^(e + 1), and 2^-24 below 2^-14. Scaling by powers of two is exact;
  // nearbyint rounds as is wanted.
  const int exponent = size < 0x1p-14f ? -14 : std::ilogb(size);
  const auto steps = static_cast<std::uint32_t>(std::nearbyint(std::ldexp(size, 10 - exponent)));
  // The leading bit of a normal number's 11 adds one to the exponent's field; so does rounding up to the next power.
  return static_cast<std::uint16_t>(sign | ((static_cast<std::uint32_t>(exponent + 14) << 10) + steps));
}

std::string network_data(Layer& model, const ImageSet& test) {
  const std::int64_t parameters = parameter_count(model), pixels = test.image_size();
  if (parameters > most_parameters) return "null";
  const std::int64_t count = std::min(test.count, std::clamp<std::int64_t>(most_pixels / pixels, 1, most_images));
  Batches first(test, 0, count, count);
  const Batch batch = first[0];
  const Tensor logits = infer(model, batch.images);
  if (!all_finite(logits)) return "null";
  const bool half = parameters > most_parameters_in_full;
  JsonText layers = JsonText::written("[]");
  add_layers(layers, model, half);
  const auto bytes = std::span(test.pixels).first(static_cast<std::size_t>(count * pixels));
  const JsonText images = {{"count", count},
                           {"labels", batch.labels},
                           {"pixels", packed(bytes, [](std::uint8_t pixel) { return pixel; })},
                           {"logits", floats(logits)}};
  const JsonText json = {{"rows", test.rows},
                         {"columns", test.columns},
                         {"classes", test.classes},
                         {"parameters", parameters},
                         {"precision", half ? "float16" : "float32"},
                         {"layers", layers},
                         {"images", images}};
  return json.str();
}

}  // namespace gradus::examples
