// What train_mnist trains, and with what.
#pragma once

#include <gradus/examples/train_mnist/options.h>
#include <gradus/layers/sequential.h>
#include <gradus/optim/optimizer.h>
#include <gradus/optim/schedule.h>

#include <memory>

namespace gradus::examples {

// For each hidden size Linear, BatchNorm1d, ReLU and, if wanted, Dropout; at the end a Linear to the classes. In a
// convolutional net these follow the blocks: for each number of channels Conv2d, BatchNorm2d, ReLU and MaxPool2d. What
// stands before a batch normalization has no bias: it would have no gradient (layers/batch_norm.md). `image` is the
// shape [rows, columns]. Throws UsageError if it is too small for so many blocks.
Sequential make_model(const Options& options, const Shape& image, std::int64_t classes, Rng& rng);

// Weights decay; biases and the parameters of batch normalization do not.
std::unique_ptr<Optimizer> make_optimizer(const Options& options, Layer& model);

// Over all steps of the training.
Schedule make_schedule(const Options& options, std::int64_t steps);

}  // namespace gradus::examples
