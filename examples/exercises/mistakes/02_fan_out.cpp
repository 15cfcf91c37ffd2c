#include <gradus/examples/exercises/mistakes/tables.h>

namespace gradus::exercises {

Exercise fan_out_exercise() {
  std::vector<Case> cases;
  for (const Shape& shape : {Shape{4, 3}, Shape{5, 2}}) {
    std::vector<Tensor> tensors = normal_tensors({shape, shape, shape, shape, shape});
    const std::vector<Tensor> du_dv_b_c(tensors.begin(), tensors.end() - 1);
    cases.push_back({du_dv_b_c, tensors});
  }
  return {
      .name = "fan_out",
      .question = "What becomes of two gradients that meet?",
      .operands = {"du", "dv", "b", "c"},
      .outputs = {{"da", 4}},
      .cases = cases,
      .answer = fan_out_backward,
      .solution = solutions::fan_out_backward,
      .mistakes =
          {
              {"da", "overwritten instead of added: only what came back by v is left",
               [](T du, T dv, T b, T c) { return dv * c; }},
              {"da", "overwritten instead of added, or forgotten: only what came back by u is left",
               [](T du, T dv, T b, T c) { return du * b; }},
              {"da", "averaged instead of added", [](T du, T dv, T b, T c) { return (du * b + dv * c) / 2; }},
              {"da", "subtracted instead of added", [](T du, T dv, T b, T c) { return du * b - dv * c; }},
              {"da", "multiplied instead of added", [](T du, T dv, T b, T c) { return du * b * dv * c; }},
              {"da", "each way has the other one's factor", [](T du, T dv, T b, T c) { return du * c + dv * b; }},
              {"da", "the two ways were mixed: each has its own gradient and its own factor",
               [](T du, T dv, T b, T c) { return (du + dv) * (b + c); }},
              {"da", "du and dv were added, but their ways' factors are missing",
               [](T du, T dv, T b, T c) { return du + dv; }},
              {"da", "du and dv are left out: what arrives from above is not used",
               [](T du, T dv, T b, T c) { return b + c; }},
          },
      .loss = [](const std::vector<Variable>& in) { return sum(in[4] * in[2] * in[0]) + sum(in[4] * in[3] * in[1]); },
  };
}

}  // namespace gradus::exercises
