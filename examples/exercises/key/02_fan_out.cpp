#include <gradus/examples/exercises/key/tables.h>

namespace gradus::exercises {

Exercise fan_out_exercise() {
  return {
      .name = "fan_out",
      .question = "What becomes of two gradients that meet?",
      .operands = {"du", "dv", "b", "c"},
      .outputs = {{"da", 4}},
      .cases = random_cases({{{4, 3}, {4, 3}, {4, 3}, {4, 3}, {4, 3}}, {{5, 2}, {5, 2}, {5, 2}, {5, 2}, {5, 2}}},
                            [](Operands in) -> Tensors {
                              return {in[0], in[1], in[2], in[3]};
                            }),
      .answer = fan_out_backward,
      // The loss depends on a by u and by v: what comes back along the two ways is added.
      .solution = [](T du, T dv, T b, T c) { return du * b + dv * c; },
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
      .loss = [](V in) { return sum(in[4] * in[2] * in[0]) + sum(in[4] * in[3] * in[1]); },
  };
}

}  // namespace gradus::exercises
