#include <gradus/core/error.h>
#include <gradus/core/io/batches.h>
#include <gradus/examples/pages/base64.h>
#include <gradus/examples/train_mnist/network_data.h>
#include <gradus/layers/batch_norm.h>
#include <gradus/layers/dropout.h>
#include <gradus/layers/flatten.h>
#include <gradus/layers/linear.h>
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

template <class Integer>
void append(std::string& bytes, Integer number) {
  for (std::size_t i = 0; i < sizeof number; ++i) bytes += static_cast<char>(number >> (8 * i) & 255);
}

std::string floats(const Tensor& t) {
  std::string bytes;
  for (const Scalar number : t.values()) append(bytes, std::bit_cast<std::uint32_t>(static_cast<float>(number)));
  return base64(bytes);
}

std::string halves(const Tensor& t) {
  std::string bytes;
  for (const Scalar number : t.values()) append(bytes, to_half(static_cast<float>(number)));
  return base64(bytes);
}

class LayerList {
 public:
  explicit LayerList(bool half) : half_(half) {}
  const std::string& json() const { return json_; }

  void add(Module& layer) {
    if (dynamic_cast<Sequential*>(&layer)) {
      for (const auto& child : layer.children()) add(*child);
    } else if (auto* linear = dynamic_cast<Linear*>(&layer)) {
      const Tensor& weight = linear->weight().value();
      entry(layer, text(", \"in\": ", weight.size(1), ", \"out\": ", weight.size(0), ", \"weight\": \"",
                        half_ ? halves(weight) : floats(weight), '"',
                        linear->bias() ? field("bias", linear->bias()->value()) : ""));
    } else if (auto* norm = dynamic_cast<BatchNorm1d*>(&layer)) {
      batch_norm(*norm);
    } else if (dynamic_cast<ReLU*>(&layer) || dynamic_cast<Sigmoid*>(&layer) || dynamic_cast<Tanh*>(&layer)) {
      entry(layer, "");
    } else if (!dynamic_cast<Dropout*>(&layer) && !dynamic_cast<Flatten*>(&layer)) {
      fail("network_data", "the page's script has no formula for the layer ", layer.describe());
    }
  }

 private:
  void batch_norm(BatchNorm1d& norm) {
    if (!norm.options().track_running_stats) fail("network_data", norm.describe(), " has no running estimates");
    std::string fields = text(", \"eps\": ", norm.options().eps);
    for (const auto& [name, buffer] : norm.buffers()) fields += field(name, *buffer);
    if (norm.gamma()) fields += field("gamma", norm.gamma()->value()) + field("beta", norm.beta()->value());
    entry(norm, fields);
  }
  void entry(const Module& layer, const std::string& fields) {
    json_ += text(json_.empty() ? "" : ",\n", "{\"kind\": \"", layer.kind(), '"', fields, '}');
  }
  static std::string field(const std::string& name, const Tensor& value) {
    return text(", \"", name, "\": \"", floats(value), '"');
  }

  bool half_;
  std::string json_;
};

// The first of the images, as many as there is room for.
struct Samples {
  std::int64_t count;
  Tensor logits;  // [count, classes]
};

Samples compute_samples(Layer& model, const ImageSet& test) {
  const std::int64_t fit = std::clamp<std::int64_t>(most_pixels / test.image_size(), 1, most_images);
  const std::int64_t count = std::min(test.count, fit);
  Batches batches(test, 0, count, count);
  const ModeGuard evaluation(model, false);
  Tape tape(Recording::off);
  return {count, model(tape.input(batches[0].images)).value()};
}

std::string images_json(const ImageSet& test, const Samples& samples) {
  std::string pixels, labels;
  for (std::int64_t i = 0; i < samples.count; ++i) {
    for (const std::uint8_t pixel : test.image(i)) append(pixels, pixel);
    labels += text(i == 0 ? "" : ", ", test.labels[static_cast<std::size_t>(i)]);
  }
  return text("{\"count\": ", samples.count, ", \"labels\": [", labels, "], \"pixels\": \"", base64(pixels),
              "\", \"logits\": \"", floats(samples.logits), "\"}");
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
  if (parameter_count(model) > most_parameters) return "null";
  const Samples samples = compute_samples(model, test);
  if (!all_finite(samples.logits)) return "null";
  const bool half = parameter_count(model) > most_parameters_in_full;
  LayerList layers(half);
  layers.add(model);
  return text("{\"rows\": ", test.rows, ", \"columns\": ", test.columns, ", \"classes\": ", test.classes,
              ", \"parameters\": ", parameter_count(model), ", \"precision\": \"", half ? "float16" : "float32",
              "\",\n\"layers\": [\n", layers.json(), "],\n\"images\": ", images_json(test, samples), "}\n");
}

}  // namespace gradus::examples
