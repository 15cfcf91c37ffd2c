// Training steps of an MLP as train_mnist takes them, on random data.
#pragma once

#include <gradus/layers/sequential.h>
#include <gradus/optim/adam.h>

#include <vector>

namespace gradus::examples {

class Workload {
 public:
  // Linear without bias, BatchNorm1d and ReLU for each hidden size, a Linear at the end; Adam.
  Workload(std::int64_t batch, const std::vector<std::int64_t>& sizes);

  // One step; the tape holds it until the next. Its parts for those who want to time them.
  void step();
  void forward_and_backward();
  void update() { optimizer_.step(); }

  Tape& tape() { return tape_; }
  double flop() const;  // of a step's matrix products: forward, weight gradients, input gradients but the first

 private:
  Sequential model_;
  Adam optimizer_;
  Tape tape_;
  Tensor images_;
  std::vector<std::int32_t> labels_;
  std::int64_t batch_;
  std::vector<std::int64_t> sizes_;
};

}  // namespace gradus::examples
