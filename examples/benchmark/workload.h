// Training steps of a net, on data that need not make sense.
#pragma once

#include <gradus/examples/names/words.h>
#include <gradus/layers/module.h>
#include <gradus/optim/optimizer.h>

#include <functional>
#include <memory>
#include <vector>

namespace gradus::examples {

class Workload {
 public:
  // `net` and `optimizer` belong together; `loss` records a forward pass and is kept as long as the workload.
  Workload(std::unique_ptr<Module> net, std::unique_ptr<Optimizer> optimizer, std::function<Variable(Tape&)> loss);

  // One step; the tape holds it until the next. Its parts for those who want to time them.
  void step();
  void forward_and_backward();
  void update() { optimizer_->step(); }

  Tape& tape() { return tape_; }

 private:
  std::unique_ptr<Module> net_;
  std::unique_ptr<Optimizer> optimizer_;
  std::function<Variable(Tape&)> loss_;
  Tape tape_;
};

// Linear without bias, BatchNorm1d and ReLU for each hidden size, a Linear at the end; Adam.
Workload mlp_workload(std::int64_t batch, const std::vector<std::int64_t>& sizes);

// The convolutional net of tests/peers/README.md: train_mnist's, with 16 and 32 channels and no hidden layer; Adam.
Workload cnn_workload(std::int64_t batch);

// A net of `names`, on batches of 32, as it is trained there.
Workload names_workload(letters::NetKind kind);

// Of the products of matrices and the convolutions on the tape, with their gradients: two for each multiply-add.
double flop(const Tape& tape);

}  // namespace gradus::examples
