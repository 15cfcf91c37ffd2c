// What weights start as: how large activations and gradients are in each layer of a deep network, and whether it
// learns.
#include <gradus/core/io/file.h>
#include <gradus/examples/command_line/arguments.h>
#include <gradus/examples/command_line/format.h>
#include <gradus/examples/data/mnist.h>
#include <gradus/examples/pages/svg.h>
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
    {"uniform in ±1 / sqrt(in)",
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

// Of layers 1 to 10 at the start: roots of mean squares.
struct Sizes {
  std::vector<double> activations, gradients;
};

Sizes try_out(const char* name, const Start& start, Batches& batches, std::int64_t steps) {
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

  std::printf("%s", gradus_examples::pad(name, 26).c_str());
  Tape tape;
  const History history(tape);
  Sizes sizes;
  for (std::int64_t step = 0; step <= steps; ++step) {
    const Batch batch = batches[step % batches.full_batches()];
    const Variable loss = cross_entropy(model(tape.input(batch.images)), batch.labels);
    optimizer.zero_grad();
    tape.backward(loss);
    if (step == 0) {
      // The outputs of all ReLUs, and what came back to them.
      for (int node = 0; node < tape.size(); ++node) {
        if (tape.node(node).operation != "relu") continue;
        sizes.activations.push_back(root_mean_square(*history.value(node)));
        sizes.gradients.push_back(root_mean_square(*history.grad(node)));
      }
      for (const auto& of : {sizes.activations, sizes.gradients}) {
        for (const std::size_t layer : {1u, 5u, 10u}) std::printf(" %8.1e", of[layer - 1]);
        std::printf("  ");
      }
    }
    if (step == 0 || step == steps) print_loss(loss.item());
    optimizer.step();
    tape.clear();
  }
  std::printf("\n");
  std::fflush(stdout);
  return sizes;
}

// A line for each start, but for the one with zeros, which a logarithmic axis does not have.
gradus_examples::Chart picture(const std::vector<Sizes>& of_starts) {
  using namespace gradus_examples;
  Panel activations{.title = "activations, from the first layer to the last", .x_label = "layer"};
  Panel gradients{.title = "their gradients, from the last layer to the first", .x_label = "layer"};
  for (Panel* panel : {&activations, &gradients}) panel->logarithmic_y = true;
  for (std::size_t i = 1; i < of_starts.size(); ++i) {
    const auto line = [&](const std::vector<double>& sizes) {
      Polyline polyline{.name = starts[i].first, .color = static_cast<int>(i) - 1};
      for (const double size : sizes) polyline.points.push_back({double(polyline.points.size() + 1), size});
      return polyline;
    };
    activations.lines.push_back(line(of_starts[i].activations));
    gradients.lines.push_back(line(of_starts[i].gradients));
  }
  return {.title = "Ten layers of ReLUs before the first step: root of the mean square in each",
          .subtitle = "What weights start as decides whether sizes are kept, vanish or explode. (From 0, all are 0.)",
          .panels = {activations, gradients}};
}

int run(int argc, char** argv) {
  examples::Arguments arguments("initialization",
                                "Starts a network of ten hidden layers with weights of several sizes, and shows what "
                                "becomes of each.");
  std::int64_t steps = 300;
  arguments.add("--steps", "N", "steps of training", steps, examples::range(1, 1e6));
  std::string svg;
  arguments.add("--svg", "FILE", "write a picture of all layers", svg);
  arguments.parse(argc, argv);
  if (!svg.empty()) check_writable(svg);

  const Dataset data = gradus_examples::load_mnist();
  Batches batches(data.train, 128);
  std::printf(
      "Digits through ten hidden layers of 128 ReLUs: how large activations and gradients are at the start in\n"
      "layers 1, 5 and 10 (root of the mean square), and the loss, at first and after %d steps of gradient\n"
      "descent. Guessing has a loss of ln 10 = 2.30. Biases start at 0.\n\n",
      static_cast<int>(steps));
  std::printf("%-26s %-29s %-28s %s\n", "weights start as", "activations in 1, 5, 10", "their gradients in 1, 5, 10",
              "loss");
  std::vector<Sizes> sizes;
  for (const auto& [name, start] : starts) sizes.push_back(try_out(name, start, batches, steps));
  std::printf(
      "\nAll the same: the units of a layer compute the same number and get the same gradient, so they stay equal,\n"
      "and %d of them do no more than one would, however long they train.\n",
      static_cast<int>(width));
  if (!svg.empty()) {
    write_file(svg, to_svg(picture(sizes)));
    std::printf("\npicture written to %s\n", svg.c_str());
  }
  return 0;
}

int main(int argc, char** argv) { return examples::run_program(argc, argv, run); }
