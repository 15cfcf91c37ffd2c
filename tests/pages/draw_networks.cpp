// What pages/draw_test.js holds the script against: draw_networks WEIGHTS
//
// Prints three networks as a page gets them, each with the logits of a hundred images and, by the library's tape, the
// gradient of each image's most probable class: "trained" has the weights of a file, in train_mnist's shape; "layers"
// every kind of layer; "large" so many weights that they are written in half precision.
#include <gradus/core/error.h>
#include <gradus/core/io/batches.h>
#include <gradus/core/io/predictions.h>
#include <gradus/core/io/safetensors.h>
#include <gradus/examples/data/mnist.h>
#include <gradus/examples/train_mnist/model.h>
#include <gradus/examples/train_mnist/network_data.h>
#include <gradus/layers/batch_norm.h>
#include <gradus/layers/dropout.h>
#include <gradus/layers/flatten.h>
#include <gradus/layers/linear.h>
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
  std::cout << "{\"trained\": " << network(trained, data.test) << ",\n\"layers\": " << network(layers, data.test)
            << ",\n\"large\": " << network(many, data.test) << "}\n";
  return 0;
}
