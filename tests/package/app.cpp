// Trains in float; with WITH_DOUBLE it then has the gradients of the same layers checked in double.
#include <gradus/gradus.h>

#include <iostream>

#ifdef WITH_DOUBLE
bool check_in_double();
#else
bool check_in_double() { return true; }
#endif

int main() {
  using namespace gradus;
  Rng rng(1);
  Sequential model;
  model.add<Linear>(3, 4, rng);
  model.add<BatchNorm1d>(4);
  SGD optimizer(model.parameters(), {.learning_rate = 0.1});
  const Tensor x = rng.normal({8, 3});
  Scalar first = 0, last = 0;
  for (int step = 0; step < 50; ++step) {
    Tape tape;
    const Variable y = model(tape.input(x));
    const Variable loss = mse(y, tape.input(Tensor::full({8, 4}, 1)));
    optimizer.zero_grad();
    tape.backward(loss);
    optimizer.step();
    (step == 0 ? first : last) = loss.item();
  }
  std::cout << "loss " << first << " -> " << last << '\n';
  return last < first / 10 && check_in_double() ? 0 : 1;
}
