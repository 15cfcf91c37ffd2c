// What pages/draw_test.js holds the script against: draw_networks WEIGHTS
//
// Prints networks as a page gets them, each with the logits of a hundred images and, by the library's tape, the
// gradient of each image's most probable class: "trained" has the weights of a file, in train_mnist's shape; "layers"
// every kind of layer of an MLP; "large" so many weights that they are written in half precision; "convolution" is
// train_mnist's convolutional net, trained a little; "strides" has convolutions and pooling as no net of its has them,
// without batch normalization.
#include <gradus/core/error.h>
#include <gradus/core/io/batches.h>
#include <gradus/core/io/predictions.h>
#include <gradus/core/io/safetensors.h>
#include <gradus/examples/data/mnist.h>
#include <gradus/examples/train_mnist/model.h>
#include <gradus/examples/train_mnist/network_data.h>
#include <gradus/layers/batch_norm.h>
#include <gradus/layers/conv2d.h>
#include <gradus/layers/dropout.h>
#include <gradus/layers/flatten.h>
#include <gradus/layers/linear.h>
#include <gradus/layers/max_pool2d.h>
#include <gradus/layers/relu.h>
#include <gradus/layers/sigmoid.h>
#include <gradus/layers/tanh.h>

#include <cmath>
#include <iostream>

using namespace gradus;
using namespace gradus::examples;

namespace {

constexpr std::int64_t images = 100;

std::string list(const Tensor& t) {
  std::ostringstream out;
  out.precision(9);
  for (const Scalar value : t.values()) out << (out.tellp() == 0 ? "[" : ", ") << value;
  out << ']';
  return out.str();
}

std::string network(Layer& model, const ImageSet& test) {
  const std::string data = network_data(model, test);
  model.eval();
  Batches batches(test, 0, images, images);
  Tape tape;
  const Variable x = tape.variable(batches[0].images);
  const Variable logits = model(x);
  // An image's logits depend on no other image: one backward brings all gradients.
  const std::vector<std::int32_t> targets = predictions(logits.value());
  tape.backward(cross_entropy(logits, targets) * -images);
  return text("{\"network\": ", data, ", \"logits\": ", list(logits.value()), ", \"slopes\": ", list(x.grad()), "}");
}

// Of the halves' numbers, which the page then has exactly.
void round_weights(Layer& model) {
  for (Parameter* parameter : model.parameters()) {
    Tensor rounded = parameter->value();
    for (Scalar& x : rounded.mutable_values()) x = std::nearbyint(x * 4096) / 4096;
    parameter->set_value(rounded);
  }
}

Sequential every_layer(Rng& rng) {
  Sequential model;
  model.add<Flatten>();
  auto& inner = model.add<Sequential>();
  inner.add<Linear>(784, 12, rng);
  inner.add<BatchNorm1d>(12, BatchNorm1dOptions{.eps = Scalar(0.1)});
  inner.add<Tanh>();
  inner.add<Dropout>(Scalar(0.5), rng);
  model.add<Linear>(12, 9, rng, LinearOptions{.bias = false});
  model.add<BatchNorm1d>(9, BatchNorm1dOptions{.affine = false});
  model.add<Sigmoid>();
  model.add<ReLU>();
  model.add<Linear>(9, 10, rng);
  return model;
}

Sequential large(Rng& rng) {
  Sequential model;
  model.add<Linear>(784, 800, rng);
  model.add<ReLU>();
  model.add<Linear>(800, 10, rng);
  round_weights(model);
  return model;
}

// A few steps.
void train(Sequential& model, const ImageSet& set) {
  Batches batches(set, 32);
  const auto optimizer = make_optimizer({.learning_rate = 0.01}, model);
  Tape tape;
  for (std::int64_t step = 0; step < 40; ++step) {
    const Batch batch = batches[step];
    optimizer->zero_grad();
    tape.backward(cross_entropy(model(tape.input(batch.images)), batch.labels));
    optimizer->step();
    tape.clear();
  }
}

Sequential strides(Rng& rng) {
  Sequential model;
  model.add<Unflatten>(Shape{1, 28, 28});
  model.add<Conv2d>(1, 5, 4, rng, Conv2dOptions{.stride = 2, .padding = 3});  // 16 x 16
  model.add<Tanh>();
  model.add<MaxPool2d>(3, 2);                                                 // 7 x 7
  model.add<Conv2d>(5, 6, 3, rng, Conv2dOptions{.stride = 3, .padding = 1});  // 3 x 3
  model.add<ReLU>();
  model.add<Flatten>();
  model.add<Linear>(6 * 3 * 3, 10, rng);
  return model;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: draw_networks WEIGHTS\n";
    return 2;
  }
  const Dataset data = load_mnist();
  Rng rng(1);
  Sequential trained = make_model({}, {data.test.rows, data.test.columns}, data.test.classes, rng);
  trained.load_state_dict(load_safetensors(argv[1]).state);
  Sequential layers = every_layer(rng), many = large(rng);
  Tape tape(Recording::off);
  for (int step = 0; step < 20; ++step) layers(tape.input(rng.uniform({16, 784}, 0, 1)));  // running statistics
  const Options cnn = {.model = ModelKind::cnn, .channels = {4, 6}, .hidden = {9}};
  Sequential convolution = make_model(cnn, {data.test.rows, data.test.columns}, data.test.classes, rng);
  Sequential bare = strides(rng);
  train(convolution, data.train);
  train(bare, data.train);
  std::cout << "{\"trained\": " << network(trained, data.test) << ",\n\"layers\": " << network(layers, data.test)
            << ",\n\"large\": " << network(many, data.test) << ",\n\"convolution\": " << network(convolution, data.test)
            << ",\n\"strides\": " << network(bare, data.test) << "}\n";
  return 0;
}
