// The exercises' tables, each in the file of its number.
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

// Random numbers, the same each time.
std::vector<Tensor> normal_tensors(const std::vector<Shape>& shapes);

}  // namespace gradus::exercises
