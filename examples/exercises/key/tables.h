// The exercises, each in the file of its number: the solution, and the mistakes that people make. Whoever has not tried
// yet should close this folder again.
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
Exercise embedding_exercise();
Exercise convolution_exercise();
Exercise causal_softmax_exercise();
Exercise derivation_exercise();

// Three steps from a diagnosis to the solution, of the exercise of that number: what to look at, how to go about it,
// and the line in words.
std::array<std::string, 3> hints(int number);

using T = const Tensor&;  // the mistakes' operands, of which there are many
using In = const std::vector<Variable>&;

// A case for each list of sizes, with random tensors, the same each time, of the shapes that are spelt in letters:
// "nc" is [n, c] if `letters` gives the sizes those names. The forward starts from them too.
using Sizes = std::vector<std::vector<std::int64_t>>;
std::vector<Case> random_cases(const std::vector<std::string>& shapes, const Sizes& sizes = {{4, 3}, {5, 2}},
                               const std::string& letters = "nc");
// Where there are as many rows as columns, what lies the wrong way fits, and can be named.
inline const Sizes kAlsoSquare = {{4, 3}, {5, 2}, {3, 3}};

}  // namespace gradus::exercises
