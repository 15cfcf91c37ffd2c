// The key: of each exercise the right answer and the mistakes people make, in the file of its number. Whoever has not
// tried yet should close this folder again.
#pragma once

#include <gradus/examples/exercises/grader/exercise.h>

#include <cmath>

namespace gradus::exercises {

Exercise multiply_exercise();
Exercise fan_out_exercise();
Exercise sum_exercise();
Exercise mean_exercise();
Exercise broadcast_add_exercise();
Exercise relu_exercise();
Exercise sigmoid_exercise();
Exercise transpose_exercise();
Exercise matmul_exercise();
Exercise mse_exercise();
Exercise dropout_exercise();
Exercise softmax_exercise();
Exercise cross_entropy_exercise();
Exercise layer_norm_exercise();
Exercise staged_batch_norm_exercise();
Exercise batch_norm_exercise();
Exercise tape_exercise();

// What exercises 15 and 16 have in common.
constexpr Scalar kBatchNormEps = 0.01;  // large enough to matter
struct BatchNormCase {
  Tensor dy, x, gamma, beta;
  Tensor mu = {}, variance = {}, s = {}, xhat = {};
};
BatchNormCase batch_norm_case(const Shape& shape);

// What is written there often.
using T = const Tensor&;
using V = const std::vector<Variable>&;
using Tensors = std::vector<Tensor>;
using Operands = const Tensors&;

// Random numbers, the same each time.
Tensors normal_tensors(const std::vector<Shape>& shapes);
// A case for each list of shapes: inputs of these shapes, and the operands that are made of them, or the same.
std::vector<Case> random_cases(
    const std::vector<std::vector<Shape>>& shapes,
    Tensors (*operands)(Operands inputs) = [](Operands inputs) { return inputs; });

}  // namespace gradus::exercises
