// Gradient checking: the gradients that the tape computes against numeric ones.
//
// The numeric derivative is the central difference (f(x + h) - f(x - h)) / 2h, whose error is least near
// h = cbrt(machine epsilon) |x|, with |x| the largest element of the tensor: about eps^(2/3), 4e-11 in double, but 2e-5
// in float, and more after a few operations, which is too much to judge by. So check in the double build.
//
// An element's error is judged against its own gradient and the noise that it can have: the rounding of the outputs
// that it moves, the error of the step, and 1000 roundings of the largest gradient. So a small gradient counts beside
// large ones, down to about 2e-7 of the largest in double.
//
// f's output is reduced to a scalar with random weights: with a plain sum, most wrong gradients of a normalization
// pass unseen, and with a sum of squares some. The check has two rounds. The first is one forward and one backward. The
// second runs forwards at three inputs (as given, each element scaled at random, all scaled by 0.003) before one
// backward, with parameters varied at random and their gradients filled beforehand: it finds state shared between
// calls, gradients overwritten instead of added, the eps of a normalization forgotten, and a forgotten factor that is 1
// in a new layer.
#pragma once

#include <gradus/core/autograd/ops.h>

#include <functional>
#include <string>
#include <vector>

namespace gradus {

struct GradcheckOptions {
  double step = sizeof(Scalar) == 8 ? 6e-6 : 5e-3;       // relative to the largest element of the tensor varied
  double tolerance = sizeof(Scalar) == 8 ? 1e-6 : 2e-2;  // relative to the element's own gradient, above its noise
  std::uint64_t seed = 1;                                // of the weights and the variations
  std::function<void()> restore = {};  // called before each evaluation: puts back what f changes (buffers, Rngs)
};

struct GradcheckReport {
  bool ok = true;
  std::string message;     // where it failed: input, index, analytic and numeric value; or all that was checked
  double worst_error = 0;  // relative, as the tolerance
  explicit operator bool() const { return ok; }
};

using Differentiable = std::function<Variable(const std::vector<Variable>& inputs)>;

// Checks d f / d inputs and d f / d parameters (except frozen ones), element by element. Afterwards values and
// gradients of the parameters are what they were. Choose inputs away from kinks (relu at 0): there is no derivative to
// compare with, and the message says so where it looks like one. If all gradients are zero it fails: nothing was
// tested.
GradcheckReport gradcheck(const Differentiable& f, const std::vector<Tensor>& inputs,
                          const std::vector<Parameter*>& parameters = {}, const GradcheckOptions& options = {});
// The same for a function of one input.
GradcheckReport gradcheck(const std::function<Variable(const Variable&)>& f, const Tensor& x,
                          const std::vector<Parameter*>& parameters = {}, const GradcheckOptions& options = {});
// The same for a function of parameters alone, which takes what else it needs from the tape: tape.indices(tokens).
GradcheckReport gradcheck(const std::function<Variable(Tape&)>& f, const std::vector<Parameter*>& parameters,
                          const GradcheckOptions& options = {});

std::ostream& operator<<(std::ostream& out, const GradcheckReport& report);

}  // namespace gradus
