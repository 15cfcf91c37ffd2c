// A program of one's own that explains its tape: with tensors too large to be sent whole, and with an operation that
// the page has never heard of. pages/explain_test.js looks at what it writes.
#include <gradus/core/inspect/history.h>
#include <gradus/examples/explain/explain.h>
#include <gradus/layers/batch_norm.h>
#include <gradus/layers/linear.h>
#include <gradus/layers/relu.h>
#include <gradus/layers/sequential.h>

#include <iostream>

using namespace gradus;

// y = x^3        dx = dy 3 x^2
Variable cube(const Variable& x) {
  const Tensor y = x.value() * x.value() * x.value();
  return record("cube", {x}, y, [x = x.value()](const Tensor& dy, Gradients& d) { d.add(0, dy * 3 * x * x); });
}

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: explain_own_program FILE\n";
    return 2;
  }
  Rng rng(1);
  Sequential model;
  model.add<Linear>(784, 64, rng);
  model.add<BatchNorm1d>(64);
  model.add<ReLU>();
  model.add<Linear>(64, 10, rng);
  std::vector<std::int32_t> labels;
  for (std::int32_t i = 0; i < 32; ++i) labels.push_back(i % 10);

  Tape tape;
  const History history(tape);
  const Variable logits = model(tape.input(rng.uniform({32, 784}, 0, 1)));
  const Variable bent = cube(logits);
  const Variable loss = cross_entropy(bent, labels);
  tape.backward(loss);
  examples::explain(tape, loss, argv[1], {.title = "</script><b>My network & yours", .names = {{"loss", loss}}});
  return 0;
}
