#include <gradus/core/error.h>
#include <gradus/core/tensor/arithmetic.h>
#include <gradus/examples/train_mnist/onnx.h>
#include <gradus/layers/batch_norm.h>
#include <gradus/layers/conv2d.h>
#include <gradus/layers/dropout.h>
#include <gradus/layers/flatten.h>
#include <gradus/layers/linear.h>
#include <gradus/layers/max_pool2d.h>
#include <gradus/layers/relu.h>
#include <gradus/layers/sequential.h>
#include <gradus/layers/sigmoid.h>
#include <gradus/layers/tanh.h>

#include <bit>

namespace gradus::examples {
namespace {

// ---- Protocol Buffers: a message is a sequence of fields, each a number, a wire type and a value.

class Message {
 public:
  Message& integer(int field, std::int64_t value) {
    key(field, 0);
    varint(static_cast<std::uint64_t>(value));
    return *this;
  }
  Message& real(int field, float value) {
    key(field, 5);
    const auto bits = std::bit_cast<std::uint32_t>(value);
    for (int shift = 0; shift < 32; shift += 8) bytes_ += static_cast<char>(bits >> shift & 255);
    return *this;
  }
  Message& text(int field, std::string_view value) {
    key(field, 2);
    varint(value.size());
    bytes_ += value;
    return *this;
  }
  Message& message(int field, const Message& value) { return text(field, value.bytes_); }
  const std::string& bytes() const { return bytes_; }

 private:
  void key(int field, int wire_type) { varint(static_cast<std::uint64_t>(field << 3 | wire_type)); }
  // Seven bits a byte, the lowest first; the eighth says that more follow.
  void varint(std::uint64_t value) {
    for (; value >= 128; value >>= 7) bytes_ += static_cast<char>(128 | (value & 127));
    bytes_ += static_cast<char>(value);
  }

  std::string bytes_;
};

// ---- the messages of onnx.proto

// A float tensor (data_type 1) whose numbers are raw_data: little-endian, row-major.
Message tensor_proto(const std::string& name, const Tensor& t) {
  Message proto;
  for (const std::int64_t size : t.shape()) proto.integer(1, size);
  std::string raw;
  for (const Scalar number : t.values()) {
    const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(number));
    for (int shift = 0; shift < 32; shift += 8) raw += static_cast<char>(bits >> shift & 255);
  }
  return proto.integer(2, 1).text(8, name).text(9, raw);
}

Message integer_attribute(const char* name, std::int64_t value) {
  return Message().text(1, name).integer(3, value).integer(20, 2);
}
Message integers_attribute(const char* name, const std::vector<std::int64_t>& values) {
  Message attribute = Message().text(1, name);
  for (const std::int64_t value : values) attribute.integer(8, value);
  return attribute.integer(20, 7);
}
Message real_attribute(const char* name, float value) { return Message().text(1, name).real(2, value).integer(20, 1); }

// A float matrix [batch, columns] with a name for the number of rows.
Message value_info(const char* name, std::int64_t columns) {
  const Message shape = Message().message(1, Message().text(2, "batch")).message(1, Message().integer(1, columns));
  const Message type = Message().message(1, Message().integer(1, 1).message(2, shape));
  return Message().text(1, name).message(2, type);
}

class Classifier {
 public:
  explicit Classifier(std::int64_t inputs) : columns_(inputs) { graph_.text(2, "classifier"); }

  // `path` is where the layer stands, "0.1.": it makes the names of its tensors, which are those of the state dict.
  void add(Module& layer, const std::string& path) {
    if (dynamic_cast<Sequential*>(&layer)) {
      for (const auto& child : layer.children()) add(*child, path + child->name() + ".");
    } else if (auto* linear = dynamic_cast<Linear*>(&layer)) {
      gemm(*linear, path);
    } else if (auto* norm = dynamic_cast<BatchNorm1d*>(&layer)) {
      batch_normalization(*norm, path);
    } else if (auto* conv = dynamic_cast<Conv2d*>(&layer)) {
      convolution(*conv, path);
    } else if (auto* pool = dynamic_cast<MaxPool2d*>(&layer)) {
      node("MaxPool", path, {current_},
           {integers_attribute("kernel_shape", {pool->window(), pool->window()}),
            integers_attribute("strides", {pool->stride(), pool->stride()})});
    } else if (auto* images = dynamic_cast<Unflatten*>(&layer)) {
      node("Reshape", path, {current_, shape(path + "shape", images->sample())});
    } else if (dynamic_cast<ReLU*>(&layer)) {
      node("Relu", path, {current_});
    } else if (dynamic_cast<Sigmoid*>(&layer)) {
      node("Sigmoid", path, {current_});
    } else if (dynamic_cast<Tanh*>(&layer)) {
      node("Tanh", path, {current_});
    } else if (dynamic_cast<Flatten*>(&layer)) {
      node("Flatten", path, {current_}, {integer_attribute("axis", 1)});
    } else if (!dynamic_cast<Dropout*>(&layer)) {
      fail("onnx", "there is no operator for the layer ", layer.describe());
    }
  }

  Message model(std::int64_t inputs) {
    node("Identity", "", {current_}, {}, "logits");
    graph_.message(11, value_info("x", inputs)).message(12, value_info("logits", columns_));
    const Message operators = Message().text(1, "").integer(2, 17);
    // Version 8 of the file format is the one that came with operator set 17.
    return Message().integer(1, 8).text(2, "gradus").message(7, graph_).message(8, operators);
  }

 private:
  void node(const char* operation, const std::string& path, const std::vector<std::string>& inputs,
            const std::vector<Message>& attributes = {}, const std::string& output = "") {
    Message proto;
    for (const std::string& input : inputs) proto.text(1, input);
    current_ = output.empty() ? path + "y" : output;
    proto.text(2, current_).text(3, path + operation).text(4, operation);
    for (const Message& attribute : attributes) proto.message(5, attribute);
    graph_.message(1, proto);
  }
  std::string constant(const std::string& name, const Tensor& value) {
    graph_.message(5, tensor_proto(name, value));
    return name;
  }

  // [batch, ...], where 0 keeps the size that is there. data_type 7: 64-bit integers.
  std::string shape(const std::string& name, const Shape& sample) {
    Message proto = Message().integer(1, sample.rank() + 1).integer(2, 7).integer(7, 0);
    for (const std::int64_t size : sample) proto.integer(7, size);
    graph_.message(5, proto.text(8, name));
    return name;
  }

  void convolution(Conv2d& conv, const std::string& path) {
    std::vector<std::string> operands = {current_, constant(path + "weight", conv.weight().value())};
    if (conv.bias()) operands.push_back(constant(path + "bias", conv.bias()->value()));
    const std::int64_t p = conv.options().padding, stride = conv.options().stride;
    node("Conv", path, operands,
         {integers_attribute("pads", {p, p, p, p}), integers_attribute("strides", {stride, stride})});
  }

  // x wᵀ + b
  void gemm(Linear& linear, const std::string& path) {
    std::vector<std::string> operands = {current_, constant(path + "weight", linear.weight().value())};
    if (linear.bias()) operands.push_back(constant(path + "bias", linear.bias()->value()));
    node("Gemm", path, operands, {integer_attribute("transB", 1)});
    columns_ = linear.out_features();
  }

  void batch_normalization(BatchNorm1d& norm, const std::string& path) {
    if (!norm.options().track_running_stats) fail("onnx", norm.describe(), " has no running estimates to export");
    const Shape channels = {norm.channels()};
    const std::string gamma =
        constant(path + "weight", norm.gamma() ? norm.gamma()->value() : Tensor::full(channels, 1));
    const std::string beta = constant(path + "bias", norm.beta() ? norm.beta()->value() : Tensor::zeros(channels));
    const std::string mean = constant(path + "running_mean", *norm.running_mean());
    const std::string variance = constant(path + "running_var", *norm.running_var());
    node("BatchNormalization", path, {current_, gamma, beta, mean, variance},
         {real_attribute("epsilon", static_cast<float>(norm.options().eps))});
  }

  Message graph_;
  std::string current_ = "x";  // the tensor that the next layer gets
  std::int64_t columns_;
};

}  // namespace

std::string onnx_model(Layer& model, std::int64_t inputs) {
  Classifier graph(inputs);
  graph.add(model, "");
  return graph.model(inputs).bytes();
}

}  // namespace gradus::examples
