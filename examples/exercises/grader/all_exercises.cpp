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
      multiply_exercise(),      fan_out_exercise(),       sum_exercise(),
      mean_exercise(),          broadcast_add_exercise(), relu_exercise(),
      sigmoid_exercise(),       transpose_exercise(),     matmul_exercise(),
      mse_exercise(),           dropout_exercise(),       softmax_exercise(),
      cross_entropy_exercise(), layer_norm_exercise(),    staged_batch_norm_exercise(),
      batch_norm_exercise(),    tape_exercise(),
  };
  int number = 0;
  for (Exercise& exercise : all) exercise.number = ++number;
  return all;
}

Tensors normal_tensors(const std::vector<Shape>& shapes) {
  Tensors tensors;
  Rng rng(static_cast<std::uint64_t>(shapes.back().count()));  // other numbers for other shapes
  for (const Shape& shape : shapes) tensors.push_back(rng.normal(shape));
  return tensors;
}

std::vector<Case> random_cases(const std::vector<std::vector<Shape>>& shapes, Tensors (*operands)(Operands inputs)) {
  std::vector<Case> cases;
  for (const std::vector<Shape>& each : shapes) {
    const Tensors inputs = normal_tensors(each);
    cases.push_back({operands(inputs), inputs});
  }
  return cases;
}

}  // namespace gradus::exercises
