#include <gradus/examples/exercises/key/tables.h>

namespace gradus::exercises {

// The loss depends on a by u and by v: what comes back along the two paths is added.
static Tensor solve_fan_out(const Tensor& du, const Tensor& dv, const Tensor& b, const Tensor& c) {
  return du * b + dv * c;
}

Exercise fan_out_exercise() {
  Exercise e = {
      .name = "fan_out",
      .question = "What becomes of two gradients that meet?",
      .operands = {"du", "dv", "b", "c"},
      .outputs = {{"da", 4}},
      .cases = random_cases({"nc", "nc", "nc", "nc", "nc"}),
      .answer = fan_out_backward,
      .solution = solve_fan_out,
      .loss = [](In in) { return sum(in[4] * in[2] * in[0]) + sum(in[4] * in[3] * in[1]); },
  };
  e.mistakes = {
      {"da", "overwritten instead of added: only what came back by v is left",
       [](T du, T dv, T b, T c) { return dv * c; }},
      {"da", "overwritten instead of added, or forgotten: only what came back by u is left",
       [](T du, T dv, T b, T c) { return du * b; }},
      {"da", "averaged instead of added", [](T du, T dv, T b, T c) { return (du * b + dv * c) / 2; }},
      {"da", "subtracted instead of added", [](T du, T dv, T b, T c) { return du * b - dv * c; }},
      {"da", "multiplied instead of added", [](T du, T dv, T b, T c) { return du * b * dv * c; }},
      {"da", "each path has the other one's factor", [](T du, T dv, T b, T c) { return du * c + dv * b; }},
      {"da", "the two paths were mixed: each has its own gradient and its own factor",
       [](T du, T dv, T b, T c) { return (du + dv) * (b + c); }},
      {"da", "du and dv were added, but their paths' factors are missing",
       [](T du, T dv, T b, T c) { return du + dv; }},
      {"da", "du and dv are left out: what arrives from above is not used", [](T du, T dv, T b, T c) { return b + c; }},
  };
  return e;
}

}  // namespace gradus::exercises
