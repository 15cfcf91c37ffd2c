#include <gradus/examples/exercises/key/tables.h>

#include <cstdio>

namespace gradus::exercises {

std::string Exercise::file() const {
  char digits[8];
  std::snprintf(digits, sizeof digits, "%02d", number);
  return std::string(digits) + "_" + name + ".cpp";
}

std::vector<Exercise> all_exercises() {
  std::vector<Exercise> all = {
      multiply_exercise(),      fan_out_exercise(),        sum_exercise(),
      mean_exercise(),          broadcast_add_exercise(),  relu_exercise(),
      sigmoid_exercise(),       transpose_exercise(),      matmul_exercise(),
      mse_exercise(),           dropout_exercise(),        softmax_exercise(),
      cross_entropy_exercise(), layer_norm_exercise(),     staged_batch_norm_exercise(),
      batch_norm_exercise(),    tape_exercise(),           embedding_exercise(),
      convolution_exercise(),   causal_softmax_exercise(), derivation_exercise(),
  };
  int number = 0;
  for (Exercise& exercise : all) {
    exercise.number = ++number;
    exercise.hints = hints(number);
  }
  return all;
}

std::vector<Case> random_cases(const std::vector<std::string>& shapes, const Sizes& sizes, const std::string& letters) {
  std::vector<Case> cases;
  for (const std::vector<std::int64_t>& size : sizes) {
    const auto shape_of = [&](const std::string& names) {
      std::vector<std::int64_t> axes;
      for (const char letter : names) axes.push_back(size[letters.find(letter)]);
      return Shape(axes);
    };
    Rng rng(static_cast<std::uint64_t>(shape_of(shapes.back()).count()));  // other numbers for other shapes
    Case numbers;
    for (const std::string& names : shapes) numbers.inputs.push_back(rng.normal(shape_of(names)));
    numbers.operands = numbers.inputs;
    cases.push_back(numbers);
  }
  return cases;
}

}  // namespace gradus::exercises
