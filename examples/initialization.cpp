// What weights start as: how large activations and gradients are in each layer of a deep network, and whether it
// learns.
#include <gradus/examples/command_line/arguments.h>
#include <gradus/examples/data/mnist.h>
#include <gradus/gradus.h>

#include <cmath>
#include <cstdio>
#include <functional>

using namespace gradus;

constexpr std::int64_t depth = 10, width = 128;

double root_mean_square(const Tensor& t) {
  return std::sqrt(static_cast<double>(sum(t * t).item()) / static_cast<double>(t.count()));
}

// The weight [out, in] of a layer.
using Start = std::function<Tensor(std::int64_t in, std::int64_t out, Rng& rng)>;

Start scaled(Scalar factor) {
  return [=](std::int64_t in, std::int64_t out, Rng& rng) { return kaiming_normal(in, out, rng) * factor; };
}

const std::pair<const char*, Start> starts[] = {
    {"0",
     [](auto in, auto out, Rng&) {
       return Tensor::zeros({out, in});
     }},
    {"1 / in, all the same",
     [](auto in, auto out, Rng&) {
       return Tensor::full({out, in}, 1 / static_cast<Scalar>(in));
     }},
    {"uniform in +-1 / sqrt(in)",
     [](auto in, auto out, Rng& rng) {
       return pytorch_default({out, in}, in, rng);
     }},
    {"normal, sqrt(2 / in) / 2", scaled(0.5)},
    {"normal, sqrt(2 / in)", scaled(1)},
    {"normal, sqrt(2 / in) * 2", scaled(2)},
};

void print_loss(double loss) {
  if (std::isfinite(loss)) {
    std::printf(" %7.3g", loss);
  } else {
    std::printf(" no number");
  }
}

void try_out(const char* name, const Start& start, Batches& batches, std::int64_t steps) {
  Rng rng(1);
  Sequential model;
  for (std::int64_t i = 0; i <= depth; ++i) {
    const std::int64_t in = i == 0 ? batches.images().image_size() : width, out = i == depth ? 10 : width;
    Linear& layer = model.add<Linear>(in, out, rng);
    layer.weight().set_value(start(in, out, rng));
    layer.bias()->set_value(Tensor::zeros({out}));
    if (i < depth) model.add<ReLU>();
  }
  SGD optimizer(model.parameters(), {.learning_rate = 0.1});

  std::printf("%-26s", name);
  Tape tape;
  const History history(tape);
  for (std::int64_t step = 0; step <= steps; ++step) {
    const Batch batch = batches[step % batches.full()];
    const Variable loss = cross_entropy(model(tape.input(batch.images)), batch.labels);
    optimizer.zero_grad();
    tape.backward(loss);
    if (step == 0) {
      // The outputs of all ReLUs, and what came back to them.
      std::vector<const Tensor*> y, dy;
      for (int node = 0; node < tape.size(); ++node) {
        if (tape.node(node).operation != "relu") continue;
        y.push_back(history.value(node));
        dy.push_back(history.grad(node));
      }
      for (const auto& sizes : {y, dy}) {
        for (const Tensor* t : {sizes[0], sizes[4], sizes[9]}) std::printf(" %8.1e", root_mean_square(*t));
        std::printf("  ");
      }
    }
    if (step == 0 || step == steps) print_loss(loss.item());
    optimizer.step();
    tape.clear();
  }
  std::printf("\n");
  std::fflush(stdout);
}

int run(int argc, char** argv) {
  examples::Arguments arguments("initialization",
                                "Starts a network of ten hidden layers with weights of several sizes, and shows what "
                                "becomes of each.");
  std::int64_t steps = 300;
  arguments.add("--steps", "N", "steps of training", steps, examples::range(1, 1e6));
  arguments.parse(argc, argv);

  const Dataset data = gradus_examples::load_mnist();
  Batches batches(data.train, 128);
  std::printf(
      "Digits through ten hidden layers of 128 ReLUs: how large activations and gradients are at the start in\n"
      "layers 1, 5 and 10 (root of the mean square), and the loss, at first and after %d steps of gradient\n"
      "descent. Guessing has a loss of ln 10 = 2.30. Biases start at 0.\n\n",
      static_cast<int>(steps));
  std::printf("%-26s %-29s %-28s %s\n", "weights start as", "activations in 1, 5, 10", "their gradients in 1, 5, 10",
              "loss");
  for (const auto& [name, start] : starts) try_out(name, start, batches, steps);
  std::printf(
      "\nAll the same: the units of a layer compute the same number and get the same gradient, so they stay equal,\n"
      "and %d of them do no more than one would, however long they train.\n",
      static_cast<int>(width));
  return 0;
}

int main(int argc, char** argv) { return examples::run_program(argc, argv, run); }
