// A layer of one's own, twice: composed of operations, and with a backward derived by hand (rms_norm.cpp). Both
// are trained on the same task from the same numbers, and at the end their gradients are checked in double.
#include <gradus/examples/command_line/arguments.h>
#include <gradus/examples/command_line/format.h>
#include <gradus/examples/custom_layer/check.h>
#include <gradus/examples/custom_layer/rms_norm.h>
#include <gradus/layers/linear.h>
#include <gradus/layers/sequential.h>
#include <gradus/layers/tanh.h>
#include <gradus/optim/adam.h>

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <iostream>
#include <stdexcept>

using namespace gradus;

struct Training {
  std::vector<double> losses;  // before each step
  int recorded = 0;            // lines on the tape of one step
};

template <class Norm>
Training train(const Tensor& x, const Tensor& target, int steps, std::uint64_t seed) {
  Rng rng(seed);
  Sequential model;
  model.add<Linear>(3, 16, rng);
  model.add<Norm>(16);
  model.add<Tanh>();
  model.add<Linear>(16, 1, rng);
  Adam optimizer(model.parameters(), {.learning_rate = 0.02});

  Training result;
  Tape tape;
  for (int step = 0; step < steps; ++step) {
    tape.clear();
    const Variable loss = mse(model(tape.input(x)), tape.input(target));
    optimizer.zero_grad();
    tape.backward(loss);
    optimizer.step();
    result.losses.push_back(loss.item());
  }
  result.recorded = tape.size();
  return result;
}

int run(int argc, char** argv) {
  int steps = 200;
  std::uint64_t seed = 1;
  examples::Arguments arguments("custom_layer",
                                "Trains and checks a layer that is not in the library: RMSNorm, composed of "
                                "operations and with a backward derived by hand.");
  arguments.add("--steps", "N", "training steps", steps, examples::range(1, 100000));
  arguments.add("--seed", "N", "of the data and the first weights", seed);
  arguments.parse(argc, argv);

  // The product of the first two coordinates of a vector's direction, however long the vector is.
  Rng rng(seed);
  // (One statement each: in which order a compiler computes the two sides of a * is left to it.)
  const Tensor lengths = exp(rng.normal({256, 1}));
  const Tensor x = rng.normal({256, 3}) * lengths;                             // [256, 3]
  const Tensor unit = transpose(x / sqrt(sum(x * x, {1}, Reduced::kept)));     // [3, 256]
  const Tensor target = (unit.rows(0, 1) * unit.rows(1, 2)).reshape({-1, 1});  // [256, 1]

  const Training composed = train<examples::ComposedRMSNorm>(x, target, steps, seed);
  const Training by_hand = train<examples::RMSNorm>(x, target, steps, seed);

  std::cout << "Linear(3, 16), RMSNorm, Tanh, Linear(16, 1), trained twice from the same numbers\n\n"
            << "  step   loss, composed   loss, by hand\n";
  double largest_difference = 0;
  for (int step = 0; step < steps; ++step) {
    const auto i = static_cast<std::size_t>(step);
    largest_difference = std::max(largest_difference, std::abs(composed.losses[i] - by_hand.losses[i]));
    if (step != 0 && (step + 1) % std::max(steps / 8, 1) != 0) continue;
    std::cout << std::setw(6) << step + 1 << std::setw(17) << examples::format_fixed(composed.losses[i], 6)
              << std::setw(16) << examples::format_fixed(by_hand.losses[i], 6) << '\n';
  }
  std::cout << "\nThey differ by " << largest_difference << " at most"
            << (largest_difference < 1e-5 ? ": rounding, carried on from step to step" : ": that is more than rounding")
            << ". A step records\n"
            << composed.recorded << " lines on the tape, or " << by_hand.recorded << " with the backward by hand.\n\n"
            << "The layer's file compiled again, for double; gradients against central differences:\n";
  if (!gradus_double::examples::check_gradients(std::cout)) throw std::runtime_error("a gradient is wrong");
  std::cout << "\nWould a mistake have been noticed? ";
  gradus_double::examples::show_mutants(std::cout, seed);
  return 0;
}

int main(int argc, char** argv) { return examples::run_program(argc, argv, run); }
