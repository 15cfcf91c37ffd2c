#include <gradus/examples/exercises/key/tables.h>

#include <algorithm>
#include <utility>

namespace gradus::exercises {

// A line is used by later lines only. Walked from the end, every line is complete when it passes its gradient on.
static Tensor solve_tape(const std::vector<Line>& tape) {
  Tensor grad = Tensor::zeros({static_cast<std::int64_t>(tape.size())});
  const std::span<Scalar> g = grad.mutable_values();
  g.back() = 1;
  for (std::size_t i = tape.size(); i-- > 0;) {
    const Line& line = tape[i];
    if (line.left >= 0) g[static_cast<std::size_t>(line.left)] += g[i] * line.d_left;
    if (line.right >= 0) g[static_cast<std::size_t>(line.right)] += g[i] * line.d_right;
  }
  return grad;
}

namespace {

using Tape = std::vector<Line>;

constexpr const char* kAbsent = "NaN: -1 means that there is no such operand; nothing may be passed on to it";

// What a tape's gradients become if each line, in some order, gives its operands their shares in some way.
template <class Pass>
Tensor walk(const Tape& tape, bool from_the_end, Pass pass) {
  Tensor grad = Tensor::zeros({std::ssize(tape)});
  const std::span<Scalar> g = grad.mutable_values();
  g.back() = 1;
  for (std::size_t step = 0; step < tape.size(); ++step) {
    const std::size_t i = from_the_end ? tape.size() - 1 - step : step;
    pass(tape[i], g[i], g);
  }
  return grad;
}

Scalar& of(std::span<Scalar> g, int line) { return g[static_cast<std::size_t>(line)]; }

void add(const Line& line, Scalar grad, std::span<Scalar> g) {
  if (line.left >= 0) of(g, line.left) += grad * line.d_left;
  if (line.right >= 0) of(g, line.right) += grad * line.d_right;
}

// Each arrival is passed on at once, all of what has come so far, not waiting for the rest.
void depth_first(const Tape& tape, int line, std::span<Scalar> g) {
  const Line& at = tape[static_cast<std::size_t>(line)];
  add(at, of(g, line), g);
  if (at.left >= 0) depth_first(tape, at.left, g);
  if (at.right >= 0 && at.right != at.left) depth_first(tape, at.right, g);
}

// Walked from the end, as it should be, but with each line changed.
Backward with_lines(void (*change)(Line& line)) {
  return Backward([change](const Case& numbers) {
    return list(walk(numbers.tape, true, [change](Line line, Scalar grad, std::span<Scalar> g) {
      change(line);
      add(line, grad, g);
    }));
  });
}

}  // namespace

Exercise tape_exercise() {
  // a (0), b (1), c = a b (2), d = c + a (3), e = d d (4), f = e - b (5), with a = 2 and b = -3; and a chain of sums
  // b = a + a, c = b + b, d = c + a (where an order other than the tape's counts twice).
  const Tape expression = {{}, {}, {0, 1, -3, 2}, {2, 0, 1, 1}, {3, 3, -4, -4}, {4, 1, 1, -1}};
  const Tape chain = {{}, {0, 0, 1, 1}, {1, 1, 1, 1}, {2, 0, 1, 1}, {3, 1, 0.5, 3}, {4, -1, 2}};
  Exercise e = {
      .name = "tape",
      .question = "In which order do gradients have to flow, and why?",
      .operands = {},
      .outputs = {{"grad", 0}},
      .cases = {{.operands = {}, .tape = expression}, {.operands = {}, .tape = chain}},
      .answer = tape_backward,
      .solution = solve_tape,
  };
  e.mistakes = {
      {"grad", "overwritten instead of added: a line that was used twice has only one share",
       [](const Tape& tape) {
         return walk(tape, true, [](const Line& line, Scalar grad, std::span<Scalar> g) {
           if (line.left >= 0) of(g, line.left) = grad * line.d_left;
           if (line.right >= 0) of(g, line.right) = grad * line.d_right;
         });
       }},
      {"grad", "overwritten instead of added where both operands are the same line",
       with_lines([](Line& line) { line.left = line.left == line.right ? -1 : line.left; })},
      {"grad", "walked from the first line to the last: gradients were passed on before they arrived",
       [](const Tape& tape) { return walk(tape, false, add); }},
      {"grad", "passed on before it was complete, and again later: shares are counted twice",
       [](const Tape& tape) {
         Tensor grad = Tensor::zeros({std::ssize(tape)});
         grad.mutable_values().back() = 1;
         depth_first(tape, static_cast<int>(tape.size()) - 1, grad.mutable_values());
         return grad;
       }},
      {"grad", "all zero: nothing starts at the last line, whose own gradient is not 0",
       [](const Tape& tape) { return Tensor::zeros({std::ssize(tape)}); }},
      {"grad", "the last line's own gradient was lost",
       [](const Tape& tape) {
         Tensor grad = walk(tape, true, add);
         grad.mutable_values().back() = 0;
         return grad;
       }},
      {"grad", "the right operands get nothing", with_lines([](Line& line) { line.right = -1; })},
      {"grad", "the left operands get nothing", with_lines([](Line& line) { line.left = -1; })},
      {"grad", "the local derivatives are left out", with_lines([](Line& line) { line.d_left = line.d_right = 1; })},
      {"grad", "the line's own gradient is left out: only the local derivatives are added",
       [](const Tape& tape) {
         return walk(tape, true, [](const Line& line, Scalar, std::span<Scalar> g) { add(line, 1, g); });
       }},
      {"grad", "the local derivatives of left and right are exchanged",
       with_lines([](Line& line) { std::swap(line.d_left, line.d_right); })},
      {"grad", kAbsent,
       [](const Tape& tape) {  // -1 taken for the last line, as at() and set() do
         return walk(tape, true, [](const Line& line, Scalar grad, std::span<Scalar> g) {
           (line.left < 0 ? g.back() : of(g, line.left)) += grad * line.d_left;
           (line.right < 0 ? g.back() : of(g, line.right)) += grad * line.d_right;
         });
       }},
      {"grad", kAbsent, with_lines([](Line& line) {
         line.left = std::max(line.left, 0);
         line.right = std::max(line.right, 0);
       })},
  };
  return e;
}

}  // namespace gradus::exercises
