// Two layers learn the exclusive or, which one layer cannot.
#include <gradus/examples/command_line/arguments.h>
#include <gradus/layers/linear.h>
#include <gradus/layers/sequential.h>
#include <gradus/layers/sigmoid.h>
#include <gradus/layers/tanh.h>
#include <gradus/optim/adam.h>

#include <iostream>

using namespace gradus;

int run(int argc, char** argv) {
  bool show_tape = false;
  examples::Arguments arguments("xor", "Teaches two small layers the exclusive or.");
  arguments.add_flag("--tape", "print the tape of the last step", show_tape);
  arguments.parse(argc, argv);

  const Tensor x({4, 2}, {0, 0, 0, 1, 1, 0, 1, 1});
  const Tensor target({4, 1}, {0, 1, 1, 0});

  Rng rng(1);
  Sequential model;
  model.add<Linear>(2, 8, rng);
  model.add<Tanh>();
  model.add<Linear>(8, 1, rng);
  model.add<Sigmoid>();
  Adam optimizer(model.parameters(), {.learning_rate = 0.05});

  Tape tape;
  for (int step = 1; step <= 200; ++step) {
    tape.clear();
    const Variable y = model(tape.input(x));
    const Variable loss = mse(y, tape.input(target));
    optimizer.zero_grad();
    tape.backward(loss);
    optimizer.step();
    if (step == 1 || step == 5 || step == 10 || step == 20 || step % 50 == 0) {
      std::cout << "step " << step << "  loss " << loss.item() << '\n';
    }
  }

  Tape inference(Recording::off);
  std::cout << "\ninput and output:\n";
  const Tensor y = model(inference.input(x)).value();
  for (int i = 0; i < 4; ++i) std::cout << x.at({i, 0}) << ' ' << x.at({i, 1}) << "  " << y.at({i, 0}) << '\n';
  if (show_tape) std::cout << "\nThe tape of the last step, which backpropagation reads from the end:\n" << tape;
  return 0;
}

int main(int argc, char** argv) { return examples::run_program(argc, argv, run); }
