#include <gradus/examples/exercises/solutions/solutions.h>

namespace gradus::exercises::solutions {

// A line is used by later lines only. Walked from the end, every line is complete when it passes its gradient on.
Tensor tape_backward(const std::vector<Line>& tape) {
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

}  // namespace gradus::exercises::solutions
